"""What a compiled set of rights answers."""

import time
from dataclasses import dataclass, replace
from itertools import product
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from maru.access.granted import Granted
from maru_sdk import Permission

WRITE = Permission("board:post:write", "Write")
SALES, FACTORY = uuid4(), uuid4()


@dataclass
class Room:
    department: UUID | None = None
    resource: str | None = None


@dataclass
class Department:
    id: UUID


@dataclass
class Desk:
    department: Department


def test_tenant_wide_right_holds_everywhere() -> None:
    rights = Granted(frozenset({"board:post:write"}))
    assert rights.can(WRITE)
    assert rights.can("board:post:write", on=Room(FACTORY))
    assert not rights.can("board:post:delete")


def test_right_of_a_department_holds_there_alone() -> None:
    rights = Granted(departments={"board:post:write": frozenset({SALES})})
    assert rights.can(WRITE, on=Room(SALES))
    assert rights.can(WRITE, on=Desk(Department(SALES)))
    assert not rights.can(WRITE, on=Room(FACTORY))
    assert not rights.can(WRITE, on=Room())
    assert not rights.can(WRITE, on=object())
    assert not rights.can(WRITE)


def test_right_on_a_resource_holds_there_alone() -> None:
    rights = Granted(resources={"board:post:write": frozenset({"board:17"})})
    assert rights.can(WRITE, on=Room(resource="board:17"))
    assert not rights.can(WRITE, on=Room(resource="board:18"))
    assert not rights.can(WRITE, on=Room())


def test_what_is_private_is_open_to_whom_it_was_given_by_name() -> None:
    rights = Granted(
        frozenset({"board:post:write"}),
        {"board:post:read": frozenset({SALES})},
        {"board:post:write": frozenset({"board:2"})},
        hidden=frozenset({"board:1", "board:2"}),
    )
    assert rights.can(WRITE)
    assert rights.can(WRITE, on=Room(resource="board:3"))
    assert rights.can(WRITE, on=Room(resource="board:2"))
    assert not rights.can(WRITE, on=Room(resource="board:1"))
    assert rights.can("board:post:read", on=Room(SALES, "board:3"))
    assert not rights.can("board:post:read", on=Room(SALES, "board:2"))
    assert not rights.everywhere("board:post:write")
    assert Granted(rights.permissions).everywhere("board:post:write")
    others = Granted(frozenset({"wiki:page:read"}), hidden=rights.hidden)
    assert others.everywhere("wiki:page:read")
    assert rights.within(frozenset({"board:post:write"})).hidden == rights.hidden
    assert (
        Granted(rights.permissions, hidden=rights.hidden).mark != Granted(rights.permissions).mark
    )


def test_nobody_may_nothing() -> None:
    assert not Granted.NOBODY.can(WRITE, on=Room(SALES, "board:17"))


def test_asking_costs_microseconds() -> None:
    rights = Granted(frozenset(f"a:b:{n}" for n in range(500)), {"x": frozenset({SALES})})
    room = Room(SALES)
    best = min(_microseconds(rights, room) for _ in range(5))
    assert best < 5


def test_private_things_cost_those_alone_who_ask_for_one() -> None:
    rights = Granted(frozenset({"x"}), hidden=frozenset(f"board:{n}" for n in range(500)))
    assert min(_microseconds(rights, Room(SALES, "board:9999")) for _ in range(5)) < 10


def _microseconds(rights: Granted, room: Room) -> float:
    begin = time.perf_counter()
    for _ in range(2_000):
        rights.can("x", on=room)
    return (time.perf_counter() - begin) / 2_000 * 1e6


def test_within_is_what_both_allow() -> None:
    somewhere = uuid4()
    mine = Granted(frozenset({"a", "b"}), {"c": frozenset({somewhere})}, {"d": frozenset({"x:1"})})
    part = mine.within(frozenset({"a", "c", "e"}))
    assert part.permissions == {"a"}
    assert part.departments == {"c": {somewhere}}
    assert part.resources == {}
    assert part.mark != mine.mark


NAMES = ("a:b:read", "a:b:write", "a:b:other")
DECLARED = NAMES[:2]
PLACES = (SALES, FACTORY, uuid4())
THINGS = ("board:1", "board:2", "board:12", "room:1")
ROOMS = [None, *(Room(*where) for where in product((None, *PLACES), (None, *THINGS)))]
RIGHTS = st.builds(
    Granted,
    st.frozensets(st.sampled_from(NAMES), max_size=1),
    st.dictionaries(st.sampled_from(NAMES), st.frozensets(st.sampled_from(PLACES))),
    st.dictionaries(st.sampled_from(NAMES), st.frozensets(st.sampled_from(THINGS))),
    st.sampled_from([("admin",), ("member",)]),
)


def _says(rights: Granted, names: tuple[str, ...] = DECLARED) -> list[bool]:
    return [rights.can(name, on=room) for name in names for room in ROOMS]


@given(RIGHTS, RIGHTS)
def test_two_share_what_is_kept_where_all_declared_answers_are_the_same(
    one: Granted, other: Granted
) -> None:
    """Neither does anybody see what another may, nor is anything made twice that is the same."""
    same = _says(one) == _says(other)
    assert (one.outcome(DECLARED) == other.outcome(DECLARED)) is same
    assert (one.only(DECLARED) == other.only(DECLARED)) is same


@given(RIGHTS)
def test_what_makes_a_kept_value_knows_the_declared_alone(rights: Granted) -> None:
    only = rights.only(DECLARED)
    assert _says(only) == _says(rights)
    assert only.outcome(DECLARED) == rights.outcome(DECLARED)
    assert not any(_says(only, NAMES[2:]))
    assert only.roles == ()


SHUT = st.builds(
    lambda rights, hidden: replace(rights, hidden=hidden),
    RIGHTS,
    st.frozensets(st.sampled_from(THINGS)),
)


@given(SHUT, SHUT)
def test_nobody_shares_what_is_kept_with_whom_other_things_are_hidden_from(
    one: Granted, other: Granted
) -> None:
    if one.outcome(DECLARED) == other.outcome(DECLARED):
        assert _says(one) == _says(other)
    assert _says(one.only(DECLARED)) == _says(one)
    assert one.only(DECLARED).outcome(DECLARED) == one.outcome(DECLARED)


def test_an_outcome_is_the_same_in_every_process() -> None:
    """It is part of keys in Redis."""
    rights = Granted(
        frozenset({"a"}), {"b": frozenset({UUID(int=1)})}, {"b": frozenset({"x:2", "x:1"})}
    )
    assert rights.outcome(("a", "b", "c")) == "1(ba8b102b8199cdda85fb7c11eb8671b7)0"
