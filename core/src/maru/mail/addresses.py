"""Reads mail addresses the strict way: one address a text, nothing that a header could end at."""

import re
from dataclasses import dataclass
from email.headerregistry import Address
from typing import Final

import idna

from maru_sdk.mail import MailRefused

LONGEST_NAME: Final = 200
_SHOWN: Final = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>\s]+)>")
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_LABEL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?")


@dataclass(frozen=True)
class Mailbox:
    """An address in its plain form, and the name that it is shown with."""

    address: str
    name: str = ""

    @property
    def header(self) -> Address:
        return Address(self.name, addr_spec=self.address)

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]


def mailbox(text: str, field: str) -> Mailbox:
    """`a@example.com` or `김민수 <a@example.com>`; raises MailRefused for anything else."""
    text = one_line(text, field)
    shown = _SHOWN.fullmatch(text)
    name, address = ("", text) if shown is None else (shown["name"], shown["address"])
    local, at, domain = address.rpartition("@")
    plain = _domain(domain)
    if not at or plain is None or len(local) > 64 or not _LOCAL.fullmatch(local):
        raise MailRefused(field=field, reason="not a mail address")
    return Mailbox(f"{local}@{plain}", name.strip().strip('"').strip()[:LONGEST_NAME])


def _domain(text: str) -> str | None:
    try:
        plain = text if text.isascii() else idna.encode(text, uts46=True).decode()
    except idna.IDNAError:
        return None
    good = len(plain) <= 253 and all(_LABEL.fullmatch(label) for label in plain.split("."))
    return plain.lower() if good else None


def one_line(text: str, field: str) -> str:
    """The text where it is one line; raises MailRefused where it could begin a header of its
    own."""
    if _CONTROL.search(text):
        raise MailRefused(field=field, reason="a control character")
    return text.strip()
