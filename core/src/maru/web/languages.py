"""The words of the house in each language: gettext catalogues read from .po files at start.

English is the language of message ids, so English needs no catalogue. A domain is a plugin's key;
core's own is `maru`. Nothing compiled is committed.
"""

import string
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final

from babel.core import negotiate_locale
from babel.messages.pofile import read_po
from markupsafe import Markup, escape

from maru.web.particles import PARTICLES, particle

LOCALES: Final = ("ko", "en")
CORE: Final = "maru"


class _Filler(string.Formatter):
    """Fills `{name}` and `{name:을}` by plain names alone: no attributes, indices or positions."""

    def get_field(self, field_name: str, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
        return kwargs[field_name], field_name

    def format_field(self, value: Any, format_spec: str) -> Any:
        if format_spec in PARTICLES:
            return f"{value}{particle(str(value), format_spec)}"
        return super().format_field(value, format_spec)


class _MarkupFiller(_Filler):
    def format_field(self, value: Any, format_spec: str) -> Any:
        if format_spec in PARTICLES:
            spoken = escape(value).striptags() if hasattr(value, "__html__") else str(value)
            return f"{escape(value)}{particle(spoken, format_spec)}"
        return escape(super().format_field(value, format_spec) if format_spec else value)


_FILL: Final = _Filler()
_FILL_MARKUP: Final = _MarkupFiller()


def fill(text: str, args: Mapping[str, object]) -> str:
    """Puts arguments into a text. If one of them is markup, so is the answer, the rest escaped."""
    if not args:
        return text
    if any(hasattr(value, "__html__") for value in args.values()):
        filled = _FILL_MARKUP.vformat(str(escape(text)), (), args)
        return Markup(filled)  # noqa: S704 - text and arguments are escaped one by one
    return _FILL.vformat(text, (), args)


@dataclass(frozen=True)
class Catalogue:
    """The translations of one domain into one language."""

    single: Mapping[str, str] = field(default_factory=dict)
    plural: Mapping[tuple[str, str], str] = field(default_factory=dict)


def read_catalogue(file: Traversable) -> Catalogue:
    """Reads one .po file; fuzzy and empty entries count as not translated."""
    with file.open("rb") as stream:
        parsed = read_po(stream)
    single: dict[str, str] = {}
    plural: dict[tuple[str, str], str] = {}
    for message in parsed:
        if not message.id or message.fuzzy:
            continue
        if isinstance(message.id, tuple | list):
            if message.string and message.string[0]:
                plural[message.id[0], message.id[1]] = message.string[0]
        elif message.string and isinstance(message.string, str):
            single[message.id] = message.string
    return Catalogue(single, plural)


def read_catalogues(domain: str, root: Traversable) -> dict[tuple[str, str], Catalogue]:
    """Every language that `<root>/<language>/LC_MESSAGES/<domain>.po` offers."""
    found = {}
    for locale in LOCALES:
        file = root.joinpath(locale, "LC_MESSAGES", f"{domain}.po")
        if file.is_file():
            found[domain, locale] = read_catalogue(file)
    return found


class Languages:
    """All catalogues of one process."""

    def __init__(self, plugin_locales: Mapping[str, Traversable] | None = None) -> None:
        core = Path(__file__).parent.parent / "locale"
        self._catalogues = read_catalogues(CORE, core)
        for key, root in (plugin_locales or {}).items():
            if key != CORE:
                self._catalogues.update(read_catalogues(key, root))

    def catalogue(self, domain: str, locale: str) -> Catalogue:
        """One domain in one language, empty where nobody has translated it."""
        return self._catalogues.get((domain, locale), Catalogue())

    def translate(self, domain: str, locale: str, text: str, /, **args: object) -> str:
        """The text in the reader's language, or as it stands where no translation is known."""
        return fill(self.catalogue(domain, locale).single.get(text, text), args)

    def translate_count(
        self, domain: str, locale: str, one: str, many: str, count: int, /, **args: object
    ) -> str:
        """Like `translate` for a number: `one` and `many` are the English forms."""
        english = one if count == 1 else many
        text = self.catalogue(domain, locale).plural.get((one, many), english)
        return fill(text, {"count": count, **args})


def in_words(
    translate: Callable[..., str], own: str, locale: str, text: str, args: Mapping[str, object]
) -> str:
    """What a plugin or a library has worded, in the reader's language: from the catalogue of `own`,
    else from core's; as it stands where its braces name nothing."""
    domain = own if translate(own, locale, text) != text else CORE
    try:
        return translate(domain, locale, text, **args)
    except (KeyError, ValueError, TypeError):
        return text


def negotiate(accept_language: str | None, *preferred: str | None) -> str:
    """The first preferred language that the house speaks, else the browser's, else Korean."""
    for locale in preferred:
        if locale and locale[:2] in LOCALES:
            return locale[:2]
    wanted = _by_quality(accept_language or "")
    return negotiate_locale(wanted, LOCALES, sep="-") or LOCALES[0]


def _by_quality(header: str) -> Iterable[str]:
    weighted = []
    for position, part in enumerate(header[:500].split(",")):
        tag, _, quality = part.strip().partition(";q=")
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if tag and tag != "*" and weight > 0:
            weighted.append((-weight, position, tag.strip()))
    return [tag for _, _, tag in sorted(weighted)]
