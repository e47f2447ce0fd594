"""Passkeys: what a device is asked and whether its answer holds (WebAuthn level 3, by py_webauthn).

Nothing here is kept: a challenge is drawn, used once and forgotten elsewhere.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from cbor2 import CBORDecodeError
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from maru.identity.factors.errors import PasskeyRefused
from maru.identity.factors.models import Passkey

PATIENCE: Final = 120_000
"""Milliseconds for which a browser waits for the person."""
LONGEST: Final = 20_000
"""Characters of an answer; devices send about one thousand."""
TRANSPORTS: Final = frozenset({"ble", "cable", "hybrid", "internal", "nfc", "smart-card", "usb"})
_MALFORMED: Final = (WebAuthnException, CBORDecodeError, ValueError, TypeError, LookupError)


@dataclass(frozen=True, slots=True)
class Site:
    """The address that a browser shows: a passkey is good for its host alone."""

    origin: str

    @property
    def host(self) -> str:
        """The relying party's id: the host without its port."""
        return urlsplit(self.origin).hostname or ""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What is kept of a passkey that a device has made."""

    credential_id: str
    public_key: str
    sign_count: int
    transports: list[str]
    synced: bool


def making(
    site: Site,
    company: str,
    person: tuple[UUID, str, str],
    challenge: bytes,
    known: Iterable[Passkey],
) -> dict[str, Any]:
    """What `navigator.credentials.create` is given; `person` is id, user name and name."""
    person_id, username, name = person
    options = webauthn.generate_registration_options(
        rp_id=site.host,
        rp_name=company,
        user_id=person_id.bytes,
        user_name=username,
        user_display_name=name,
        challenge=challenge,
        timeout=PATIENCE,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_named(known),
    )
    return _as_dict(options)


def made(site: Site, challenge: bytes, answer: str) -> NewPasskey:
    """The passkey of an answer; raises PasskeyRefused."""
    with _refused():
        given = _answer(answer)
        found = webauthn.verify_registration_response(
            credential=given,
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            require_user_verification=True,
        )
        return NewPasskey(
            credential_id=bytes_to_base64url(found.credential_id),
            public_key=bytes_to_base64url(found.credential_public_key),
            sign_count=found.sign_count,
            transports=_transports(given),
            synced=found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        )


def asking(site: Site, challenge: bytes, known: Iterable[Passkey] = ()) -> dict[str, Any]:
    """What `navigator.credentials.get` is given; without `known` the device offers its own."""
    options = webauthn.generate_authentication_options(
        rp_id=site.host,
        challenge=challenge,
        timeout=PATIENCE,
        allow_credentials=_named(known),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _as_dict(options)


def named_in(answer: str) -> str:
    """The credential id that an answer names; raises PasskeyRefused. Nothing is proved by it."""
    with _refused():
        return bytes_to_base64url(base64url_to_bytes(_answer(answer)["id"]))


def proved(site: Site, challenge: bytes, answer: str, passkey: Passkey) -> int:
    """The device's new count of signatures; raises PasskeyRefused where the answer doesn't hold.

    A count that goes back is the mark of a copied key (level 3, 6.1.1) and is refused.
    """
    with _refused():
        found = webauthn.verify_authentication_response(
            credential=_answer(answer),
            expected_challenge=challenge,
            expected_rp_id=site.host,
            expected_origin=site.origin,
            credential_public_key=base64url_to_bytes(passkey.public_key),
            credential_current_sign_count=passkey.sign_count,
            require_user_verification=True,
        )
        return found.new_sign_count


def _named(known: Iterable[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id)) for one in known
    ]


def _as_dict(options: Any) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(options_to_json(options))
    return found


def _answer(text: str) -> dict[str, Any]:
    if len(text) > LONGEST:
        raise ValueError("the answer is too long")
    found = json.loads(text)
    if not isinstance(found, dict):
        raise TypeError("the answer is no object")
    return found


def _transports(answer: Mapping[str, Any]) -> list[str]:
    found = answer["response"].get("transports") or ()
    return sorted(TRANSPORTS.intersection(one for one in found if isinstance(one, str)))


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except _MALFORMED as error:
        raise PasskeyRefused from error
