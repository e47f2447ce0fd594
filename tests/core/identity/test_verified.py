"""The tokens that a process remembers: bounded, and asked for expiry and session each time."""

from uuid import uuid4

import pytest

from maru.identity.errors import TokenExpired, TokenInvalid
from maru.identity.tokens import Caller
from maru.identity.verified import EndedSessions, VerifiedTokens


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def caller(expires_at: float = 2_000.0) -> Caller:
    return Caller(uuid4(), uuid4(), uuid4(), expires_at)


def test_a_hit_expires() -> None:
    clock = Clock()
    tokens = VerifiedTokens(EndedSessions(900, clock), clock)
    tokens.keep("t", caller())
    assert tokens.get("t") is not None
    clock.now = 2_000.0
    with pytest.raises(TokenExpired):
        tokens.get("t")


def test_a_hit_of_an_ended_session_is_refused() -> None:
    clock = Clock()
    ended = EndedSessions(900, clock)
    tokens = VerifiedTokens(ended, clock)
    who = caller()
    tokens.keep("t", who)
    ended.add(who.session_id)
    with pytest.raises(TokenInvalid):
        tokens.get("t")


def test_memory_is_bounded_and_what_is_used_stays() -> None:
    clock = Clock()
    tokens = VerifiedTokens(EndedSessions(900, clock), clock, capacity=100)
    tokens.keep("used", caller())
    for number in range(1_000):
        tokens.keep(f"t{number}", caller())
        assert tokens.get("used") is not None
    assert len(tokens) <= 101


def test_ended_sessions_are_forgotten_after_their_last_token() -> None:
    clock = Clock()
    ended = EndedSessions(900, clock)
    first = uuid4()
    ended.add(first)
    clock.now += 899
    ended.add(uuid4())
    assert first in ended
    clock.now += 2
    ended.add(uuid4())
    assert first not in ended
    assert len(ended) == 2
