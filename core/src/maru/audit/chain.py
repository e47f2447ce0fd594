"""The chain of a tenant's lines of one kind: what is hashed, in which form, and how it is linked.

`docs/audit.md` says the same for somebody who checks a chain without Maru; a change of either is
another version.
"""

import hashlib
import json
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Self
from uuid import UUID

from maru.audit.kinds import KINDS
from maru.audit.models import Kind

VERSION: Final = "maru audit 1"


class Sealed(NamedTuple):
    """A line as it is hashed: texts as PostgreSQL writes them, in this order, then the sealer's."""

    tenant: str
    kind: Kind
    id: str
    created_at: str
    person: str | None
    operator: str | None
    plugin: str
    action: str
    target: str
    address: str | None
    before: str | None
    after: str | None
    trace: str | None
    number: int | None = None
    seal: str | None = None


def link_of(line: Sealed) -> str:
    """The hash of what a line says: SHA-256 of a JSON array without blanks, in UTF-8."""
    said = json.dumps([VERSION, *line[:-2]], ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()


def seal_of(before: str, number: int, link: str) -> str:
    """The seal of a line: over the seal before it, its number and what it says."""
    return hashlib.sha256(f"{before}\n{number}\n{link}".encode()).hexdigest()


def beginning(tenant: UUID, kind: Kind) -> str:
    """What stands before the first line of a chain."""
    return hashlib.sha256(f"{VERSION}\n{tenant}\n{kind}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """How far a chain reaches, and where it begins now: after `first`, whose seal is `since`.

    `gaps` are the links of lines beyond `first` that are gone too, by their numbers: some that were
    committed late, and so stand behind younger ones.
    """

    number: int
    seal: str
    first: int
    since: str
    gaps: dict[str, str] = field(default_factory=dict)

    @classmethod
    def empty(cls, tenant: UUID, kind: Kind) -> Self:
        """The head of a chain that has no line yet."""
        begun = beginning(tenant, kind)
        return cls(0, begun, 0, begun)

    def data(self) -> dict[str, Any]:
        """The head as it is stored and signed."""
        return {
            "number": self.number,
            "seal": self.seal,
            "first": self.first,
            "since": self.since,
            "gaps": self.gaps,
        }


Heads = dict[Kind, Head]


def heads_from(tenant: UUID, stored: dict[str, Any]) -> Heads:
    """The heads of all kinds from what a checkpoint holds."""
    return {
        kind: Head(**stored[kind]) if kind in stored else Head.empty(tenant, kind) for kind in KINDS
    }


def heads_data(heads: Heads) -> dict[str, Any]:
    """The heads as a checkpoint holds them."""
    return {kind: head.data() for kind, head in heads.items()}
