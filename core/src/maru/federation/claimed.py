"""What a provider tells of a person, in our words: bounded, in one form of Unicode, nothing
guessed."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from maru.federation.settings import ProviderSettings

_LONGEST: Final = 200
_LONGEST_GROUP: Final = 500
"""As much as a line of a role map: directories name groups by their whole path."""
_MOST: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed:
    """An account elsewhere. None: the provider doesn't say; lists are None where it has no such
    claim."""

    issuer: str
    subject: str
    username: str | None = None
    name: str | None = None
    email: str | None = None
    email_verified: bool = False
    employee_number: str | None = None
    phone: str | None = None
    department: str | None = None
    position: str | None = None
    roles: tuple[str, ...] | None = None
    groups: tuple[str, ...] | None = None


def claimed(
    settings: ProviderSettings,
    claims: Mapping[str, Any],
    *,
    issuer: str,
    subject: str,
    email_verified: bool,
) -> Claimed:
    """The account that these claims tell of, read by the provider's mapping."""

    def text(claim: str) -> str | None:
        return next(iter(_texts(_found(claims, claim)) or ()), None)

    return Claimed(
        issuer=issuer,
        subject=subject,
        username=text(settings.username),
        name=text(settings.person_name),
        email=text(settings.email),
        email_verified=email_verified,
        employee_number=text(settings.employee_number),
        phone=text(settings.phone),
        department=text(settings.department),
        position=text(settings.position),
        roles=_texts(_found(claims, settings.roles), _LONGEST_GROUP),
        groups=_texts(_found(claims, settings.groups)),
    )


def _found(claims: Mapping[str, Any], claim: str) -> Any:
    """The claim of this name, or at this path (`realm_access.roles`)."""
    if not claim:
        return None
    if claim in claims:
        return claims[claim]
    here: Any = claims
    for part in claim.split("."):
        if not isinstance(here, Mapping) or part not in here:
            return None
        here = here[part]
    return here


def _texts(value: Any, longest: int = _LONGEST) -> tuple[str, ...] | None:
    if value is None:
        return None
    values = value if isinstance(value, list | tuple) else [value]
    texts = (_text(one, longest) for one in values[:_MOST] if isinstance(one, str | int))
    return tuple(dict.fromkeys(text for text in texts if text))


def _text(value: str | int, longest: int) -> str:
    storable = str(value).replace("\x00", "").encode("utf-8", "ignore").decode()
    return unicodedata.normalize("NFC", storable).strip()[:longest]
