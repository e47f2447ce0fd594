"""Codes of an app: the arithmetic of RFC 6238 by pyotp, and the picture that an app reads."""

import base64
import hmac
import secrets
from typing import Final

import pyotp
import segno

INTERVAL: Final = 30
DIGITS: Final = 6
DRIFT: Final = 1
"""How many intervals a phone's clock may be off."""
_SECRET_BYTES: Final = 20  # RFC 4226: 160 bits are recommended


def new_secret() -> str:
    """A secret in base32, as apps take it."""
    return base64.b32encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def matching_step(secret: str, code: str, now: float) -> int | None:
    """The interval whose code this is, the present one or a neighbour; None where there is none."""
    typed = "".join(code.split())
    if len(typed) != DIGITS or not (typed.isascii() and typed.isdigit()):
        return None
    app, present = pyotp.TOTP(secret, digits=DIGITS, interval=INTERVAL), int(now) // INTERVAL
    found = None
    for step in range(present - DRIFT, present + DRIFT + 1):
        if hmac.compare_digest(app.generate_otp(step), typed):
            found = step
    return found


def address(secret: str, username: str, issuer: str) -> str:
    """The `otpauth:` address that a phone opens its app with."""
    return pyotp.TOTP(secret, digits=DIGITS, interval=INTERVAL).provisioning_uri(
        name=username, issuer_name=issuer
    )


def picture(text: str) -> str:
    """A QR code as a whole SVG document, without colours of its own."""
    code = segno.make(text, error="m", micro=False)
    return str(code.svg_inline(scale=4, border=4, omitsize=True, svgclass="qr", lineclass=None))


def grouped(secret: str) -> str:
    """The secret as people type it: in groups of four."""
    return " ".join(secret[at : at + 4] for at in range(0, len(secret), 4))
