"""Tokens verified a moment ago: a signature is checked once, expiry and session at each use."""

from collections.abc import Callable
from uuid import UUID

from maru.identity.errors import TokenExpired, TokenInvalid
from maru.identity.tokens import Caller


class EndedSessions:
    """The sessions that ended within the life of an access token; older ones needn't be known."""

    def __init__(self, keep: float, clock: Callable[[], float]) -> None:
        self._keep = keep
        self._clock = clock
        self._at: dict[UUID, float] = {}

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._at

    def __len__(self) -> int:
        return len(self._at)

    def add(self, session_id: UUID) -> None:
        """Remembers that this session has ended."""
        now = self._clock()
        self._at[session_id] = now
        while (first := next(iter(self._at))) != session_id and self._at[first] < now - self._keep:
            del self._at[first]


class VerifiedTokens:
    """The callers of tokens seen lately, in two generations: cheaper than an ordered LRU and as
    bounded."""

    def __init__(
        self, ended: EndedSessions, clock: Callable[[], float], capacity: int = 20_000
    ) -> None:
        self._ended = ended
        self._clock = clock
        self._half = max(1, capacity // 2)
        self._young: dict[str, Caller] = {}
        self._old: dict[str, Caller] = {}

    def __len__(self) -> int:
        return len(self._young) + len(self._old)

    def get(self, token: str) -> Caller | None:
        """The caller of this token, None where it must be verified; raises like a verification."""
        caller = self._young.get(token)
        if caller is None:
            caller = self._old.pop(token, None)
            if caller is None:
                return None
            self.keep(token, caller)
        self.check(caller)
        return caller

    def keep(self, token: str, caller: Caller) -> None:
        """Remembers the caller of a token that was verified."""
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[token] = caller

    def clear(self) -> None:
        """Forgets all: what was verified by a key that is worthless now must not be believed."""
        self._young, self._old = {}, {}

    def check(self, caller: Caller) -> None:
        """Raises TokenExpired or TokenInvalid where this caller's time or session is over."""
        if caller.expires_at <= self._clock():
            raise TokenExpired
        if caller.session_id in self._ended:
            raise TokenInvalid
