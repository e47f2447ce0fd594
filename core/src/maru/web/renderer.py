"""Turns templates into HTML: core's own and each plugin's, kept apart from one another.

One environment serves everyone. Who reads (language, zone, clock) is set around each rendering, so
that macros need no arguments for it. The CSRF token is not written while rendering: forms carry a
mark that the last step replaces, so a fragment can be cached and shared and still hold forms.
"""

import hashlib
import hmac
import zlib
from collections.abc import Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import asdict, dataclass, is_dataclass
from datetime import UTC, date, datetime
from functools import partial
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from jinja2 import (
    BytecodeCache,
    Environment,
    FunctionLoader,
    StrictUndefined,
    TemplateNotFound,
    nodes,
    pass_context,
)
from jinja2.loaders import split_template_path
from jinja2.runtime import Context
from markupsafe import Markup, escape
from pydantic import BaseModel

from maru.web import rich, times
from maru.web.addresses import address
from maru.web.calendars import Calendar, calendar_of
from maru.web.compiled import LeanCode, LeanContext, LeanTemplate, escaped
from maru.web.forms import fields_of
from maru.web.hours import Hours, hours_of
from maru.web.inputs import Field, faulty, translated
from maru.web.languages import CORE, Languages
from maru.web.shell import THEMES
from maru.web.static import Assets

_IN_A_DOMAIN: Final = ("t", "tn", "fields_of")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who the page is written for."""

    locale: str
    zone: ZoneInfo
    now: datetime


def csrf_mark(secret_key: str) -> str:
    """Stands for the token in cached fragments: the same in every process, and unguessable."""
    digest = hmac.new(secret_key.encode(), b"maru csrf mark", hashlib.sha256).hexdigest()
    return f"csrf-{digest[:24]}"


class _Environment(Environment):
    """Gives `t` its domain, and keeps a plugin's templates from reaching another plugin's."""

    code_generator_class = LeanCode
    context_class = LeanContext
    template_class = LeanTemplate
    escaped = staticmethod(escaped)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        domain = (name or CORE).partition("/")[0]
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in _IN_A_DOMAIN:
                call.args.insert(0, nodes.Const(domain, lineno=call.lineno))
        return tree

    def join_path(self, template: str, parent: str) -> str:
        """The name of an included template: of the same owner or of core."""
        owner, wanted = parent.partition("/")[0], template.partition("/")[0]
        if wanted not in (owner, CORE):
            raise TemplateNotFound(
                template, f"{parent} may use templates of {owner} and {CORE} only"
            )
        return template


def _plain(value: object) -> object:
    """What a template hands to script as data."""
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    return asdict(value) if is_dataclass(value) and not isinstance(value, type) else value


class Renderer:
    """Renders templates by name: `maru/portal.html`, `board/post.html`."""

    def __init__(
        self,
        plugin_templates: Mapping[str, Traversable],
        assets: Assets,
        languages: Languages,
        *,
        mark: str,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        bytecode: BytecodeCache | None = None,
    ) -> None:
        """`plugin_templates` maps a key to its `templates`; `mark` is `csrf_mark(secret_key)`."""
        core: dict[str, Traversable] = {CORE: Path(__file__).parent / "templates"}
        self._roots = {**plugin_templates, **core}
        self._assets = assets
        self._languages = languages
        self._mark = mark
        self._clock = clock
        self._reader: ContextVar[Reader] = ContextVar("reader")
        self._environment = _Environment(
            loader=FunctionLoader(self._load),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=bytecode,
        )
        self._environment.globals.update(self._globals())
        self._environment.filters.update(self._filters())

    @property
    def mark(self) -> str:
        """What stands for the CSRF token in what is rendered without one."""
        return self._mark

    def render(
        self,
        template: str,
        context: Mapping[str, object],
        *,
        locale: str,
        zone: str = "Asia/Seoul",
        csrf: str | None = None,
    ) -> str:
        """HTML for the reader. With `csrf` its forms can be sent, without it they hold the mark."""
        reader = Reader(locale, ZoneInfo(zone), self._clock())
        token = self._reader.set(reader)
        try:
            html = self._environment.get_template(template).render(context)
        finally:
            self._reader.reset(token)
        return html if csrf is None else self.finish(html, csrf)

    def finish(self, html: str, csrf: str) -> str:
        """Puts the session's token where the forms of a rendered or cached fragment need it."""
        return html.replace(self._mark, str(escape(csrf)))

    def _load(self, name: str) -> str | None:
        owner, *rest = split_template_path(name) or [""]
        root = self._roots.get(owner)
        if root is None or not rest:
            return None
        file = root.joinpath(owner, *rest)
        return file.read_text(encoding="utf-8") if file.is_file() else None

    def _globals(self) -> dict[str, object]:
        return {
            "t": self._translate,
            "tn": self._translate_count,
            "static": self._assets.url,
            "icon_url": self._assets.icon,
            "bundled": lambda: self._assets.bundled,
            "csrf_mark": lambda: self._mark,
            "fields_of": self._fields,
            "address": address,
            "calendar_of": self._calendar,
            "hours_of": self._hours,
            "time_of": self._time_of,
            "faulty": lambda fields: list(faulty(fields)),
            "locale": lambda: self._reader.get().locale,
            "themes": THEMES,
            "tone_of": lambda name: zlib.crc32(name.encode()) % 5,
        }

    def _filters(self) -> dict[str, Callable[..., object]]:
        """What depends on the reader takes the context, or Jinja would fold it at compile time."""

        @pass_context
        def moment(_: Context, value: datetime | date, style: str = "datetime") -> str:
            reader = self._reader.get()
            return times.told(value, reader.locale, reader.zone, style)

        @pass_context
        def relative(_: Context, value: datetime) -> str:
            reader = self._reader.get()
            return times.relative(value, reader.now, reader.locale, reader.zone)

        @pass_context
        def number(_: Context, value: float) -> str:
            return times.number(value, self._reader.get().locale)

        @pass_context
        def span(_: Context, seconds: float) -> str:
            return times.span(seconds, self._reader.get().locale)

        return {
            "moment": moment,
            "relative": relative,
            "number": number,
            "span": span,
            "iso": times.iso,
            "as_plain": _plain,
            "rich": rich.shown,
            "rich_source": rich.source,
        }

    def _translate(self, domain: str, text: str, /, **args: Any) -> str:
        return self._languages.translate(domain, self._reader.get().locale, text, **args)

    def _fields(
        self, domain: str, model: Any, values: Any = None, errors: Any = None
    ) -> list[Field]:
        return [
            translated(field, partial(self._translate, domain))
            for field in fields_of(model, values, errors, self._reader.get().zone)
        ]

    def _time_of(self, value: datetime | date, style: str) -> Markup:
        reader = self._reader.get()
        html = times.element(value, reader.now, reader.locale, reader.zone, style)
        return Markup(html)  # noqa: S704  # of a stamp and of our own patterns

    def _calendar(self, at: date, events: Sequence[Any] = (), view: str = "month") -> Calendar:
        return calendar_of(at, events, view, self._reader.get().locale)

    def _hours(self, at: date, events: Sequence[Any] = (), days: int = 7) -> Hours:
        reader = self._reader.get()
        return hours_of(at, events, days, reader.locale, reader.zone)

    def _translate_count(self, domain: str, one: str, many: str, count: int, /, **args: Any) -> str:
        locale = self._reader.get().locale
        return self._languages.translate_count(domain, locale, one, many, count, **args)
