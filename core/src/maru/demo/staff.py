"""Fills a company with people: who they are, where they sit and who leads whom.

Everything is drawn from one seeded chance, identifiers too, so that the same company comes out at
every seeding, on every machine.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from random import Random
from typing import Final
from uuid import UUID

from maru.demo.companies import Branch, Company
from maru.demo.names import draw_name, user_name

SIGN_IN: Final = ("admin", "manager", "member")
_EPOCH_MS: Final = 1_795_132_800_000  # 2026-11-20, the demo's day
_YEAR: Final = 2026
_LADDER: Final = {
    "사원": (34, 1),
    "대리": (24, 5),
    "과장": (20, 9),
    "차장": (13, 14),
    "부장": (9, 19),
}
_HEADS: Final = ("대표이사", "이사", "부장")
POSITIONS: Final = ("대표이사", "이사", "부장", "차장", "과장", "대리", "사원")
_KNOWN: Final = {"admin": "과장", "manager": "부장", "member": "대리"}


@dataclass(frozen=True, slots=True)
class Department:
    """A department as it is stored."""

    id: UUID
    name: str
    parent_id: UUID | None
    rank: int
    depth: int
    weight: int
    manager_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Employee:
    """A person as stored; those who may sign in are marked by their user name alone."""

    id: UUID
    username: str
    employee_number: str
    name: str
    email: str
    phone: str
    department_id: UUID
    position: str


@dataclass(frozen=True)
class Staff:
    """A company's departments, parents before children, and its people, leaders first."""

    company: Company
    tenant_id: UUID
    departments: list[Department]
    people: list[Employee]

    def of_tenant(self, tenant_id: UUID) -> "Staff":
        """The same people in a tenant that was there already."""
        return replace(self, tenant_id=tenant_id)

    def person(self, username: str) -> Employee:
        """The employee with this user name."""
        return next(person for person in self.people if person.username == username)


def people_of(company: Company, people: int) -> int:
    """How many people the company gets when `people` is asked for the demo."""
    return max(len(SIGN_IN), people // company.share)


def draw_staff(company: Company, people: int, seed: int) -> Staff:
    """The company with so many people: the three who sign in, a head for each department as far as
    there are people, then the others by weight."""
    chance = Random(f"{seed}/{company.slug}")  # noqa: S311 (a demo's chance, no secret)
    ids = _ids(chance)
    tenant_id = next(ids)
    departments = list(_departments(company.tree, ids))
    places = _places(company, departments, people_of(company, people), chance)
    drawn = _Draw(company.slug, chance, ids)
    staff = [drawn.employee(place, position, known) for place, position, known in places]
    return Staff(company, tenant_id, _led(departments, staff), staff)


def _ids(chance: Random) -> Iterator[UUID]:
    """UUIDv7s that depend on the chance alone and whose order is that of drawing."""
    for number in count():
        stamp = (_EPOCH_MS + number // 4096) << 16 | 0x7000 | number % 4096
        yield UUID(int=stamp << 64 | 0b10 << 62 | chance.getrandbits(62))


def _departments(
    branch: Branch, ids: Iterator[UUID], parent: UUID | None = None, depth: int = 0, rank: int = 0
) -> Iterator[Department]:
    own = Department(next(ids), branch.name, parent, rank, depth, branch.weight)
    yield own
    for number, below in enumerate(branch.below):
        yield from _departments(below, ids, own.id, depth + 1, number)


Place = tuple[Department, str, str]


def _places(
    company: Company, departments: list[Department], people: int, chance: Random
) -> list[Place]:
    by_name = {department.name: department for department in departments}
    known = [(by_name[company.desks[name]], _KNOWN[name], name) for name in SIGN_IN]
    taken = {by_name[company.desks["manager"]].id}
    heads = [(d, _HEADS[d.depth], "") for d in departments if d.id not in taken]
    leading = [*known, *heads][: max(people, len(known))]
    teams = [department for department in departments if department.weight]
    weights = [team.weight for team in teams]
    ladder = [share for share, _ in _LADDER.values()]
    rest = people - len(leading)
    desks = chance.choices(teams, weights, k=rest)
    ranks = chance.choices(list(_LADDER), ladder, k=rest)
    return leading + [(desk, rank, "") for desk, rank in zip(desks, ranks, strict=True)]


class _Draw:
    """Draws one employee after the other; user names and numbers occur once."""

    def __init__(self, slug: str, chance: Random, ids: Iterator[UUID]) -> None:
        self._domain = f"{slug}.example"
        self._chance = chance
        self._ids = ids
        self._taken = set(SIGN_IN)
        self._number = count(1)

    def employee(self, place: Department, position: str, known: str) -> Employee:
        served = _served(position, self._chance)
        name = draw_name(self._chance, _YEAR - 26 - served - self._chance.randrange(3))
        username = known or user_name(name, self._taken)
        number = f"{_YEAR - served}{next(self._number):04d}"
        phone = f"010-{self._chance.randint(2000, 9999)}-{self._chance.randrange(10_000):04d}"
        email = f"{username}@{self._domain}"
        return Employee(next(self._ids), username, number, name, email, phone, place.id, position)


def _served(position: str, chance: Random) -> int:
    """For how many years somebody in this position has worked here."""
    least = _LADDER[position][1] if position in _LADDER else 23
    return least + chance.randrange(5)


def _led(departments: list[Department], staff: list[Employee]) -> list[Department]:
    """The departments with their heads: the first of the highest in each, on its leading desk."""
    leaders: dict[UUID, UUID] = {}
    for person in staff:
        if person.position in _HEADS and person.username not in ("admin", "member"):
            leaders.setdefault(person.department_id, person.id)
    return [replace(each, manager_id=leaders.get(each.id)) for each in departments]
