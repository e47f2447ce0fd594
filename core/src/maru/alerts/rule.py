"""What an operator wants to be told of: rules, read from a file."""

import re
import tomllib
from collections.abc import Mapping
from datetime import timedelta
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator

from maru.settings import SettingFault
from maru_sdk.declarations import duration

Severity = Literal["info", "warning", "critical"]
Channel = Literal["mail", "slack", "webhook"]
Operator = Literal["gt", "lt", "eq", "gte", "lte"]
Measure = Literal["p50", "p95", "p99", "rate", "increase", "sum", "max", "min", "share"]

SETTING = "MARU_ALERT_RULES"
DEFAULTS = "rules.toml"


def _span(value: object) -> object:
    return duration(value) if isinstance(value, str) else value


def _pattern(value: str) -> str:
    try:
        re.compile(value)
    except re.error as error:
        raise ValueError(f"{value!r} is not a regular expression ({error})") from None
    return value


Span = Annotated[timedelta, BeforeValidator(_span), Field(ge=timedelta(0), le=timedelta(hours=1))]
Pattern = Annotated[str, BeforeValidator(_pattern)]


class Strict(BaseModel):
    """A part of the file in which nothing is misspelled."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Rule(Strict):
    """One rule: `measure` of `metric` `over` a time, compared with `threshold`, true `for` a time.

    `p50 p95 p99` are of a histogram, in its unit; `rate` is growth per second, `increase` growth;
    `sum max min` are of the processes' latest values; `share` is the growth of series that match
    `where` in the growth of all, or, with `of`, the largest quotient of two gauges of one process.
    `where` holds regular expressions by label. Without `channels` the severity's are used. After a
    message nothing more is said of the rule for `cool_down`. With `optional` the metric may be
    missing, as that of a plugin is while it isn't installed.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]{0,63}$")
    title: str = Field(min_length=1, max_length=200)
    metric: str = Field(pattern=r"^[a-zA-Z_][a-zA-Z0-9_]{0,199}$")
    measure: Measure
    operator: Operator
    threshold: float = Field(allow_inf_nan=False)
    over: Span = timedelta(minutes=5)
    for_: Span = Field(default=timedelta(0), alias="for")
    severity: Severity
    channels: tuple[Channel, ...] | None = None
    cool_down: Span = timedelta(minutes=15)
    where: Mapping[str, Pattern] = {}
    of: str | None = None
    optional: bool = False


class Rules(Strict):
    """The file: which severity goes where, and the rules."""

    severities: Mapping[Severity, tuple[Channel, ...]] = {}
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _once_each(self) -> "Rules":
        names = [rule.name for rule in self.rules]
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"the rule {min(twice)} is there twice")
        return self

    def channels(self, rule: Rule) -> tuple[Channel, ...]:
        """Where a rule's messages go."""
        return self.severities.get(rule.severity, ()) if rule.channels is None else rule.channels


def default_rules() -> Rules:
    """The rules that hold where the operator has written none."""
    return Rules.model_validate(tomllib.loads((files("maru.alerts") / DEFAULTS).read_text("utf-8")))


def load_rules(path: Path | None) -> Rules:
    """The rules of a file; raises SettingFault, in one line, for what is wrong in it."""
    if path is None:
        return default_rules()
    try:
        return Rules.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        problem = error.strerror or str(error)
        raise SettingFault(SETTING, f"can't read {path}: {problem.lower()}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingFault(SETTING, f"{path} is not TOML: {error}") from None
    except ValidationError as error:
        raise SettingFault(SETTING, f"{path}: {_first(error)}") from None


def _first(error: ValidationError) -> str:
    fault: Any = error.errors(include_url=False)[0]
    where = ".".join(str(part) for part in fault["loc"])
    said = str(fault["msg"]).removeprefix("Value error, ")
    return f"{where}: {said}" if where else said
