"""Names of files: cleaned on their way in, and written so that every browser reads them."""

import re
from typing import Final
from unicodedata import category, normalize
from urllib.parse import quote

from maru.files.errors import NameRefused

LONGEST: Final = 200
_LONGEST_BYTES: Final = 240
_SEPARATORS: Final = re.compile(r"[/\\]")
_KEPT: Final = "!#$&+-.^_`|~"


def clean_name(name: str) -> str:
    """The last part of a name, composed (NFC), without letters that nobody sees: controls, and
    those that turn the direction of reading (`fdp.exe` shown as `exe.pdf`). Raises NameRefused."""
    last = _SEPARATORS.split(normalize("NFC", name))[-1]
    seen = "".join(" " if _is_blank(letter) else letter for letter in last if not _unseen(letter))
    tidy = " ".join(seen.split()).strip(" .") if set(seen) <= set(" .") else _tidied(seen)
    if not tidy:
        raise NameRefused(reason="name")
    return _shortened(tidy)


def _tidied(text: str) -> str:
    return " ".join(text.split()).rstrip(" .")


def _is_blank(letter: str) -> bool:
    return letter.isspace()


def _unseen(letter: str) -> bool:
    return category(letter) in {"Cc", "Cf", "Cs", "Co", "Cn"} and not letter.isspace()


def _shortened(name: str) -> str:
    """At most so many letters and bytes; the extension stays."""
    stem, dot, extension = name.rpartition(".")
    if not dot or not stem or len(extension) > 12:
        stem, dot, extension = name, "", ""
    while len(stem) + len(extension) + 1 > LONGEST or _bytes(stem + dot + extension):
        stem = stem[:-1]
    return stem.rstrip() + dot + extension


def _bytes(text: str) -> bool:
    return len(text.encode()) > _LONGEST_BYTES


def extension_of(name: str) -> str:
    """In small letters, without the dot; nothing where there is none."""
    stem, dot, extension = name.rpartition(".")
    return extension.lower() if dot and stem else ""


def disposition(name: str, *, inline: bool = False) -> bytes:
    """The header's value: RFC 6266 with both spellings, so that `보고서.pdf` arrives as itself and
    an old client gets something that it can save."""
    kind = "inline" if inline else "attachment"
    plain = "".join(letter if _is_plain(letter) else "_" for letter in name)
    full = quote(name, safe=_KEPT)
    text = f'{kind}; filename="{plain}"'
    return (text if plain == name else f"{text}; filename*=UTF-8''{full}").encode("ascii")


def _is_plain(letter: str) -> bool:
    return letter.isascii() and letter.isprintable() and letter not in '"\\%'
