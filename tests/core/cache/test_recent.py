"""What was used last is kept, by number."""

from maru.cache.recent import Recent


def test_the_longest_unused_goes_first() -> None:
    recent: Recent[str, int] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)
    assert len(recent) == 2


def test_a_value_is_replaced() -> None:
    recent: Recent[str, int] = Recent(2)
    assert [recent.put("a", 1), recent.put("a", 2)] == [1, 2]
    assert recent.get("a") == 2
    assert len(recent) == 1
