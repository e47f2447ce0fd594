"""Argon2id in a few threads of its own: hashing is meant to be slow, and the event loop must not
be what it slows. Hashes of bcrypt, which other systems hand over, are checked and made anew."""

import asyncio
import re
import unicodedata
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final, TypeVar

import bcrypt
from argon2 import PasswordHasher, extract_parameters
from argon2.exceptions import Argon2Error, InvalidHashError
from argon2.low_level import Type

from maru_sdk import Temporary

T = TypeVar("T")

_BCRYPT: Final = re.compile(rb"\$2[aby]\$(\d\d)\$[./A-Za-z0-9]{53}")
_BCRYPT_BYTES: Final = 72
_DEAREST: Final = 15


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether a password was right, and whether its hash should be made anew with today's cost."""

    right: bool
    outdated: bool = False


@dataclass
class Passwords:
    """Hashes and checks passwords; at most `waiting` callers wait for the `workers` threads."""

    workers: int = 2
    waiting: int = 100
    hasher: PasswordHasher = field(
        default_factory=lambda: PasswordHasher(
            time_cost=2, memory_cost=19_456, parallelism=1, type=Type.ID
        )
    )
    checks: int = field(default=0, init=False)
    _queued: int = field(default=0, init=False)
    _dummy: str | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._threads = ThreadPoolExecutor(self.workers, thread_name_prefix="maru-password")

    async def hash(self, password: str) -> str:
        """The hash to store for a password."""
        return await self._in_thread(lambda: self.hasher.hash(_canonical(password)))

    async def verify(self, stored: str | None, password: str) -> Verdict:
        """Checks a password. Without a stored hash the work is the same and the answer no, so that
        time doesn't tell who exists."""
        self.checks += 1
        return await self._in_thread(lambda: self._verify(stored, _canonical(password)))

    def close(self) -> None:
        """Ends the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _verify(self, stored: str | None, password: bytes) -> Verdict:
        if stored is None:
            self._try(self._stand_in(), password)
            return Verdict(right=False)
        if not self._try(stored, password):
            return Verdict(right=False)
        if is_bcrypt(stored):
            return Verdict(right=True, outdated=True)
        return Verdict(right=True, outdated=self.hasher.check_needs_rehash(stored))

    def _try(self, stored: str, password: bytes) -> bool:
        if is_bcrypt(stored):
            return _fits_bcrypt(stored, password)
        try:
            return self.hasher.verify(stored, password)
        except (Argon2Error, InvalidHashError):
            return False

    def _stand_in(self) -> str:
        if self._dummy is None:
            self._dummy = self.hasher.hash("nobody has this password")
        return self._dummy

    async def _in_thread(self, work: Callable[[], T]) -> T:
        if self._queued >= self.waiting:
            raise Temporary("Too many people are signing in at this moment")
        self._queued += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._queued -= 1


def is_bcrypt(stored: str) -> bool:
    """Whether this is a hash of bcrypt that can be taken over; one of a cost that would hold a
    thread for seconds is none."""
    found = _BCRYPT.fullmatch(stored.encode("ascii", "replace"))
    return found is not None and int(found[1]) <= _DEAREST


def is_hash(stored: str) -> bool:
    """Whether this is a hash that passwords can be checked against."""
    if is_bcrypt(stored):
        return True
    try:
        return extract_parameters(stored).type is Type.ID
    except InvalidHashError:
        return False


def _fits_bcrypt(stored: str, password: bytes) -> bool:
    """What made such hashes cut passwords off after 72 bytes, and a NUL ends them: none has one."""
    if b"\0" in password:
        return False
    known = stored.encode().replace(b"$2y$", b"$2b$", 1)  # PHP's name for the same
    try:
        return bcrypt.checkpw(password[:_BCRYPT_BYTES], known)
    except ValueError:
        return False


def _canonical(password: str) -> bytes:
    """The same bytes for the same characters: macOS sends Hangul in parts, others whole."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
