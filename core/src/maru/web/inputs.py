"""One input of a form: what `ui.form_field` draws, and what of a form is wrong."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

_WHOLE: Final = re.compile(r"-?\d{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Field:
    """One input. A `group` holds `fields`, `rows` holds several times the same ones, of which
    `blank` is the next.

    The options of one that is `named` are called by people's words, which aren't translated. A
    field with `when` belongs to another one, and is `shown` while that has one of those values.
    """

    name: str
    label: str
    kind: str = "text"
    value: Any = None
    hint: str = ""
    error: str = ""
    required: bool = False
    options: Sequence[tuple[str, str]] = ()
    named: bool = False
    minimum: float | None = None
    maximum: float | None = None
    min_length: int | None = None
    max_length: int | None = None
    step: str = ""
    autocomplete: str = ""
    unit: str = ""
    accept: str = ""
    fields: Sequence["Field"] = ()
    rows: Sequence[Sequence["Field"]] = ()
    blank: Sequence["Field"] = ()
    least: int = 0
    most: int | None = None
    when: tuple[str, Sequence[str]] | None = None
    shown: bool = True
    decides: bool = False
    chosen: Sequence[tuple[str, str]] = ()
    sought: str | None = None
    upload: str = ""

    @property
    def text(self) -> str:
        """The value as an input holds it."""
        if self.value is None:
            return ""
        if self.kind == "money":
            return _grouped(str(self.value))
        return str(self.value)


def _grouped(text: str) -> str:
    """Digits by thousands; what isn't a number stays as it was typed."""
    plain = text.replace(",", "").strip()
    return f"{int(plain):,}" if _WHOLE.fullmatch(plain) else text


def translated(field: Field, say: Callable[[str], str]) -> Field:
    """The field with its own words in the reader's language; errors come translated already."""

    def all_of(fields: Iterable[Field]) -> list[Field]:
        return [translated(one, say) for one in fields]

    return replace(
        field,
        label=say(field.label),
        hint=say(field.hint) if field.hint else "",
        unit=say(field.unit) if field.unit else "",
        options=field.options if field.named else [(one, say(said)) for one, said in field.options],
        fields=all_of(field.fields),
        rows=[all_of(row) for row in field.rows],
        blank=all_of(field.blank),
    )


def faulty(fields: Iterable[Field]) -> Iterator[Field]:
    """The inputs with something wrong, in their order: what the summary above a form lists."""
    for field in fields:
        if field.error:
            yield field
        yield from faulty(field.fields)
        for row in field.rows:
            yield from faulty(row)
