"""A company of ten thousand people: imported, listed, drawn as a tree; and how fast people sign in.

In this process, without HTTP, on a tenant of the ground that is small before.
"""

import asyncio
import base64
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import cycle
from statistics import median, quantiles
from typing import Any, Final
from uuid import UUID

from bench.caller import Caller
from bench.ground import Ground
from bench.tables import Found, Table
from maru.api.edge import Edge
from maru.app import serving
from maru.house import House, open_house
from maru.observability.log import Journal
from maru.worker import runner_of

TENANT: Final = "saebom"
ADMIN: Final = "admin"
DEPARTMENTS: Final = "/api/v1/admin/organizations"
LISTS: Final = "/api/v1/admin/users/imports"
HEAD: Final = "username,name,employee_number,email,phone,department\n"
IMPORTED_IN: Final = 30.0
AT_ONCE: Final = 8
PAGES: Final = 500
ASKED: Final = {
    "list of people, its first page, kept": "/api/v1/users?limit=20",
    "list of people, another page each time": "/api/v1/users?limit=20&page={n}",
    "people found by a name, another each time": "/api/v1/users/search?q=%EC%82%AC%EB%9E%8C{n}",
    "people, the admin's page": "/admin/people",
    "tree of departments": "/api/v1/admin/organizations",
    "chart, the page": "/organization",
}


async def company(ground: Ground, people: int, seconds: float) -> Found:
    """Seconds of the import, milliseconds of what is asked then, sign-ins per second."""
    async with (
        open_house(ground.settings) as house,
        serving(house, Journal("bench", "ERROR")) as edge,
    ):
        caller = await Caller.signed_in(edge, ground, TENANT, ADMIN)
        figures = await _imported(house, caller, people)
        late = figures["import applied, s"]
        for title, path in ASKED.items():
            figures |= await _asked(title, partial(_get, caller, path), seconds)
        figures |= await _sign_ins(edge, ground, seconds)
    misses = [] if late <= IMPORTED_IN else [f"the import took {late:.1f} s, not {IMPORTED_IN}"]
    rows = [(name, f"{cost:,.2f}") for name, cost in figures.items()]
    return Found([Table("", (f"{people:,} people", "took"), rows)], figures, misses)


async def _imported(house: House, caller: Caller, people: int) -> dict[str, float]:
    began = time.perf_counter()
    content = base64.b64encode(_sheet(people, await _departments(caller)).encode()).decode()
    found = await caller.data("POST", LISTS, {"name": "people.csv", "content": content})
    read = time.perf_counter()
    if (found["new"], found["faults"]) != (people, 0):
        raise RuntimeError(f"the list has faults: {found}")
    applying = f"{LISTS}/{found['id']}/apply"
    job = await caller.data("POST", applying, {"digest": found["digest"]})
    tenant = house.tenants.by_slug(TENANT)
    assert tenant is not None
    await runner_of(house).run(tenant.id, UUID(job["job_id"]))
    applied = time.perf_counter()
    return {"import read and previewed, s": read - began, "import applied, s": applied - read}


async def _departments(caller: Caller) -> list[str]:
    """What a list may name without saying where it stands: names that occur once."""
    found = Counter(one["name"] for one in await caller.data("GET", DEPARTMENTS))
    return [name for name, times in found.items() if times == 1]


def _sheet(people: int, departments: Sequence[str]) -> str:
    rows = (
        f"bench{n},사람{n},B{n},bench{n}@example.test,010-{n:04d}-0000,{where}\n"
        for n, where in zip(range(people), cycle(departments), strict=False)
    )
    return HEAD + "".join(rows)


async def _get(caller: Caller, path: str, number: int) -> None:
    await caller.ask("GET", path.format(n=number))


async def _asked(
    title: str, ask: Callable[[int], Awaitable[Any]], seconds: float
) -> dict[str, float]:
    took, until = list[float](), time.perf_counter() + seconds / 2
    while time.perf_counter() < until or len(took) < 5:
        began = time.perf_counter()
        await ask(len(took) % PAGES + 1)
        took.append((time.perf_counter() - began) * 1e3)
    return {f"{title}: median, ms": median(took), f"{title}: 95th, ms": quantiles(took, n=20)[-1]}


async def _sign_ins(edge: Edge, ground: Ground, seconds: float) -> dict[str, float]:
    """With Argon2id; so many people at once as have a password here."""
    people = [(one.tenant, one.username) for one in ground.people][:AT_ONCE]
    done, began = 0, time.perf_counter()
    while (took := time.perf_counter() - began) < seconds or not done:
        await asyncio.gather(*(Caller.signed_in(edge, ground, *who) for who in people))
        done += len(people)
    return {f"sign-ins per second, {len(people)} at once": done / took}
