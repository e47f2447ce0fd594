"""One trace from a request to the last job that it caused, over two processes."""

import secrets

from tests.core.watch.world import Seen, World, until

SERVER, CONSUMER, CLIENT = 2, 5, 3


async def spans(world: World, trace: str, *names: str) -> dict[str, Seen]:
    """The spans of this trace by name, once all of these have come."""

    def found() -> dict[str, Seen]:
        mine = {one.name: one for one in world.collector.spans if one.trace == trace}
        return mine if mine.keys() >= set(names) else {}

    got: dict[str, Seen] = await until(found)
    return got


async def test_from_a_request_to_job_to_job_and_listener(world: World) -> None:
    trace = secrets.token_hex(16)
    assert await world.post("begin", traceparent=f"00-{trace}-{'a' * 16}-01") == 201
    names = ("POST /api/v1/heavy/begin", "job heavy.first", "job heavy.second")
    heard = "job listener:heavy.heard"
    found = await spans(world, trace, *names, heard)
    request, first, second = (found[name] for name in names)
    assert request.parent == "a" * 16
    assert (first.parent, found[heard].parent) == (request.id, request.id)
    assert second.parent == first.id
    assert (request.service, first.service) == ("maru-web", "maru-worker")
    assert (request.kind, first.kind) == (SERVER, CONSUMER)
    assert request.attributes["http.route"] == "/api/v1/heavy/begin"
    assert request.attributes["http.response.status_code"] == 201
    for one in (request, first, second, found[heard]):
        assert one.attributes["maru.plugin"] == "heavy"
        assert one.attributes["maru.tenant"] == world.company.tenant.slug
    assert second.attributes["maru.outcome"] == "done"


async def test_a_portlet_and_its_statements_are_pieces_of_the_request(world: World) -> None:
    trace = secrets.token_hex(16)
    headers = {"traceparent": f"00-{trace}-{'b' * 16}-01"}
    await world.client.get("/api/v1/portal/data/heavy.quick", headers=headers)
    await world.client.get("/api/v1/heavy/slow", headers=headers)
    found = await spans(world, trace, "GET /api/v1/heavy/slow", "portlet", "SELECT")
    assert found["portlet"].attributes["maru.plugin"] == "heavy"
    asked = [one for one in world.collector.spans if one.trace == trace and one.kind == CLIENT]
    assert len([one for one in asked if one.parent == found["GET /api/v1/heavy/slow"].id]) >= 3
    assert "HUSH" not in str(asked)


async def test_what_the_caller_does_not_keep_is_not_kept(world: World) -> None:
    trace, kept = secrets.token_hex(16), secrets.token_hex(16)
    assert await world.post("begin", traceparent=f"00-{trace}-{'c' * 16}-00") == 201
    assert await world.post("begin", traceparent=f"00-{kept}-{'c' * 16}-01") == 201
    worker = world.children["worker"]
    await until(lambda: worker.having(trace_id=trace, kind="heavy.second"))
    await spans(world, kept, "job heavy.second")
    assert not [one for one in world.collector.spans if one.trace == trace]
