"""Takes out of texts and fields what looks like a secret, before anything of it is written.

It would rather mask too much: a line that says less can be mended, a password in a log can't.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final
from uuid import UUID

MASK: Final = "***"
LONGEST: Final = 16_384
SHORT: Final = 40
DEEPEST: Final = 8

_WORDS: Final = (
    r"passw(?:or)?d|passphrase|pwd|secret|token|api[_-]?key|access[_-]?key|private[_-]?key"
    r"|credential|csrf|authorization|cookie|session[_-]?(?:id|key)|signature|(?<![a-z])otp"
)
_NAME: Final = re.compile(rf"{_WORDS}|private|(?:^|_)(?:pin|sid|auth)(?:$|_)", re.IGNORECASE)
# Every repetition is bounded or consumes what it passes: what is masked may come from an attacker.
_KEPT: Final = rf"\1\2{MASK}"
_VALUE: Final = r"""(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|["']\S*|[^\s&,;"'<>)}\]]+)"""
_NAMED: Final = (
    "passw passphrase pwd secret token key credential csrf authorization cookie session"
    " signature otp"
)
_PATTERNS: Final = tuple(
    (tuple(hints.split()), re.compile(pattern), instead)
    for hints, pattern, instead in (
        # a private key as PEM writes it
        ("-----begin", r"(?s)-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----.*?(?:-----END|\Z)", MASK),
        # who signs in by a URL: `postgresql://user:p@ss/w@host/db`, `https://token@host`
        ("://", r"""(?<=://)[^\s"'/?#@:]{0,64}:[^\s"']{0,256}@(?=[\w\[.%-])""", f"{MASK}@"),
        ("://", r"""(?<=://)[^\s"'/?#@]{1,256}@""", f"{MASK}@"),
        # whole headers, then schemes wherever they stand
        ("cookie", r"(?i)\b((?:set-)?cookie2?)(\s{0,3}[:=]\s{0,3})(?!['\"])[^\r\n]+", _KEPT),
        ("authorization", r"(?i)\b(authorization)(\s{0,3}[:=]\s{0,3})(?!['\"])[^\r\n]+", _KEPT),
        (
            "bearer negotiate digest",
            r"(?i)\b(bearer|negotiate|digest)(\s{1,3})[\w.~+/=:-]{4,}",
            _KEPT,
        ),
        (
            "basic",
            r"(?i)\b(basic)(\s{1,3})(?=[a-z]*(?-i:[0-9A-Z=+/]))[A-Za-z0-9+/]{6,}={0,2}",
            _KEPT,
        ),
        ("auth", r"(?i)\b(auth (?:plain|login|cram-md5))(\s{1,3})\S+", _KEPT),
        # tokens that are known by their looks
        ("eyj", r"\beyJ[\w-]{5,}\.[\w.-]+", MASK),
        (
            "_ glpat xox akia aiza",
            r"\b(?:gh[pousr]_|github_pat_|glpat-|xox[abeprs]-|AKIA|AIza)[\w-]{8,}",
            MASK,
        ),
        ("sk- sk_", r"\bsk[-_](?:live[-_]|test[-_])?[A-Za-z0-9]{12,}", MASK),
        # name and value: `password=x`, `"api_key": "x"`, `{'client_secret': b'x'}`, `X-Token: x`
        (
            _NAMED,
            rf"""(?i)((?:{_WORDS})[\w.-]{{0,40}}['"]?)(\s{{0,3}}(?:=>|[:=])\s{{0,3}})b?{_VALUE}""",
            _KEPT,
        ),
        # values that errors of libraries quote: pydantic, SQLAlchemy, PostgreSQL
        ("input_value", r"(input_value)(=)[^\n]*?(?=, input_type=|\]|\n|\Z)", _KEPT),
        ("[parameters", r"(\[parameters)(: )[^\n]*", _KEPT),
        ("containing contains", r"(Failing row contains)( )\([^\n]*\)", _KEPT),
        ("key", r"(Key \([^)\n]{0,400}\))(=)\([^\n]*?\)(?= )", _KEPT),
    )
)


def masked(text: str) -> str:
    """The text without what looks like a password, a token or a secret; cut where very long."""
    if len(text) <= SHORT:
        return _short(text)
    return _masked(text)


def _masked(text: str) -> str:
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]} … {text[-LONGEST // 2 :]}"
    folded = text.lower()  # to look for a word costs a hundredth of a pattern
    for hints, pattern, instead in _PATTERNS:
        for hint in hints:
            if hint in folded:
                text = pattern.sub(instead, text)
                break
    return text


# The names of tenants, plugins, loggers and jobs, which most fields hold.
_short = lru_cache(maxsize=1_024)(_masked)


@lru_cache(maxsize=4_096)
def is_secret(name: str) -> bool:
    """Whether what goes by this name is none of a log's business."""
    return _NAME.search(name) is not None


def clean(name: str, value: Any, depth: int = 0) -> Any:
    """A field's value as it may be written, whatever it is made of."""
    if is_secret(name):
        return MASK
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str):
        return masked(value)
    if isinstance(value, UUID):
        return str(value)
    if depth < DEEPEST:
        if isinstance(value, Mapping):
            return {str(key): clean(str(key), item, depth + 1) for key, item in value.items()}
        if isinstance(value, list | tuple | set | frozenset):
            return [clean(name, item, depth + 1) for item in value]
    return named(value)


def named(value: Any) -> str:
    """Anything else as a masked text; what can't even say its name is known by its type."""
    try:
        return masked(str(value))
    except Exception:  # a plugin's own __str__, in the middle of telling of another fault
        return type(value).__name__
