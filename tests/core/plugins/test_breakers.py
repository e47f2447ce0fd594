"""A plugin that blocks the loop rests everywhere; one that fails, where it failed."""

from uuid import uuid4

from maru.plugins.breakers import BLOCKS_WITHIN, REST, Breakers


def test_the_third_block_opens_it_in_every_tenant_for_a_rest() -> None:
    now = [0.0]
    breakers = Breakers(lambda: now[0])
    one, other = breakers.of("board", uuid4()), breakers.of("board", uuid4())
    for opened in (False, False, True):
        breakers.blocked("board")
        one.succeeded()  # it answered, late
        assert (one.open, other.open) == (opened, opened)
    assert not breakers.of("wiki", uuid4()).open
    now[0] += REST + 1
    assert not one.open
    breakers.blocked("board")  # the first time after the rest
    assert other.open


def test_blocks_that_are_long_past_are_forgotten() -> None:
    now = [BLOCKS_WITHIN]
    breakers = Breakers(lambda: now[0])
    one = breakers.of("board", uuid4())
    for _ in range(5):
        breakers.blocked("board")
        now[0] += BLOCKS_WITHIN + 1
        assert not one.open


def test_switching_it_on_again_closes_it() -> None:
    breakers, tenant = Breakers(), uuid4()
    for _ in range(3):
        breakers.blocked("board")
    breakers.forget("board", tenant)
    assert not breakers.of("board", tenant).open
