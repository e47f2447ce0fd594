"""Every route × everybody who may ask: what the table says is what happens.

A route that isn't in the table fails here, with the line to add: write it into `routes.txt` once
you have thought about who should be let in.
"""

from collections.abc import Mapping
from typing import Any, Final

import pytest
from httpx2 import Response
from tests.core.matrix.conftest import Stage, asks_to_sign_in, operators_targets, told
from tests.core.matrix.table import PUBLIC, SIGNED_IN, Line, declared, table

NEVER_ASKED: Final[Mapping[str, str]] = {}
"""Routes that can't be called here, as `METHOD path`, and why."""

MORE_THAN_THE_TABLE: Final[Mapping[tuple[str, str], str]] = {}
"""`(who, "METHOD path")` of somebody whom the handler itself refuses with 403, and why."""

TABLE: Final = table()
OPERATORS_HOST: Final = "http://localhost"
SAME_ORIGIN: Final = {"sec-fetch-site": "same-origin"}


async def test_every_route_is_in_the_table(stage: Stage) -> None:
    targets = [*stage.kit.house.surfaces.targets, *operators_targets(stage.kit)]
    mounted = {declared(target) for target in targets}
    missing = sorted(mounted - set(TABLE))
    gone = sorted(set(TABLE) - mounted)
    differing = [f"add    {line}" for line in missing] + [f"remove {line}" for line in gone]
    assert not differing, "\n".join(["tests/core/matrix/routes.txt:", *differing])


def test_the_table_is_in_order() -> None:
    assert sorted(TABLE) == TABLE
    assert len({(line.path, line.method) for line in TABLE}) == len(TABLE)


def test_exceptions_are_routes() -> None:
    named = {f"{line.method} {line.path}" for line in TABLE}
    assert {*NEVER_ASKED, *(route for _, route in MORE_THAN_THE_TABLE)} <= named


async def asked(stage: Stage, who: str, line: Line) -> Response:
    """The route, asked with nothing: what lets somebody in then finds a body that doesn't do."""
    how: dict[str, Any] = {"headers": SAME_ORIGIN}
    if line.method in ("POST", "PUT"):
        how |= {"json": {}} if line.is_api else {"data": {}}
    host = OPERATORS_HOST if line.of_operators else ""
    answer = await stage.cast.ask(who, line.method, f"{host}{line.address}", **how)
    assert answer.status_code < 500, f"{who}: {line}: {answer.text[:500]}"
    return answer


def lets_in(answer: Response) -> bool:
    """Whether it was not for who asks that this was refused."""
    return answer.status_code not in (401, 403) and not asks_to_sign_in(answer)


def expected(who: str, line: Line) -> bool:
    """What the table says. A company's token is no token to operators, nor is theirs to it."""
    if line.of_operators:
        signed = who == "operator"
        known = signed or who == "anonymous" or not line.is_api
        return known if line.access == PUBLIC else signed
    if who == "operator":
        return False
    if line.access == PUBLIC:
        return who != "stranger"
    if who in ("anonymous", "stranger"):
        return False
    if line.access == SIGNED_IN:
        return True
    return who in ("admin", line.access)


def cast_of(line: Line) -> list[str]:
    """Who asks for a route. Nobody's browser has a cookie here, so that of a visitor can't prove
    that a form was ours; programs prove it by their token."""
    found = ["stranger", "nobody", *([line.needs] if line.needs else []), "admin", "operator"]
    if line.is_api or line.method == "GET" or line.access != PUBLIC:
        found.insert(0, "anonymous")
    return [who for who in found if (who, f"{line.method} {line.path}") not in MORE_THAN_THE_TABLE]


CALLED: Final = [line for line in TABLE if f"{line.method} {line.path}" not in NEVER_ASKED]


@pytest.mark.parametrize("line", CALLED, ids=lambda line: f"{line.method} {line.path}")
async def test_lets_in_whom_the_table_says(stage: Stage, line: Line) -> None:
    found = {who: lets_in(await asked(stage, who, line)) for who in cast_of(line)}
    assert found == {who: expected(who, line) for who in cast_of(line)}


async def test_a_strangers_token_is_told_apart(stage: Stage) -> None:
    answer = await stage.cast.ask("stranger", "GET", "/api/v1/users/me")
    assert (answer.status_code, told(answer)) == (403, "TENANT_MISMATCH")
