"""What the doctor says about one thing."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Level(StrEnum):
    """How much a finding matters; only a fault makes the doctor fail."""

    OK = "ok"
    NOTE = "note"
    FAULT = "fault"


@dataclass(frozen=True)
class Finding:
    """A thing, its state, and what to type where the state is wrong."""

    level: Level
    subject: str
    state: str
    mend: str = ""


def fine(subject: str, state: str) -> Finding:
    return Finding(Level.OK, subject, state)


def note(subject: str, state: str, mend: str) -> Finding:
    return Finding(Level.NOTE, subject, state, mend)


def fault(subject: str, state: str, mend: str) -> Finding:
    return Finding(Level.FAULT, subject, state, mend)
