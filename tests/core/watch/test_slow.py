"""Slow statements are named, whichever way they go; so is what keeps a loop from turning."""

import asyncio
import time

import pytest
from tests.core.watch.world import World, until


async def test_slow_statements_have_plugin_tenant_statement_and_trace(world: World) -> None:
    answer = await world.client.get("/api/v1/heavy/slow")
    assert answer.status_code == 200, answer.text
    web = world.children["serve"]
    slow = await until(
        lambda: (
            three
            if len(three := web.having(message="slow statement", plugin="heavy")) >= 3
            else None
        )
    )
    (request, *_) = await until(lambda: web.having(route="/api/v1/heavy/slow"))
    for line in slow[:3]:
        assert line["duration_ms"] >= 100
        assert "pg_sleep" in line["statement"]
        assert "HUSH" not in line["statement"]
        assert line["tenant"] == world.company.tenant.slug
        assert line["trace_id"] == request["trace_id"]
        assert line["place"].startswith("slow (maru_heavy/__init__.py:")
    text = (await world.client.get("/metrics")).text
    assert 'maru_db_slow_queries_total{plugin="heavy"' in text


@pytest.mark.parametrize("name", ["sleeper", "burner"])
async def test_a_portlet_that_blocks_is_named_while_it_does(world: World, name: str) -> None:
    web = world.children["serve"]
    asking = asyncio.create_task(world.portlet(name))
    began = time.monotonic()
    (line,) = await until(lambda: _named(web.having(message="the loop is blocked"), name))
    took = time.monotonic() - began
    assert line["plugin"] == "heavy"
    assert line["duration_ms"] < 1_000
    assert not asking.done() or took < 2.5
    await asking
    (after, *_) = await until(lambda: _named(web.having(message="the loop was blocked"), name))
    assert after["duration_ms"] > 1_000


def _named(lines: list[dict[str, object]], name: str) -> list[dict[str, object]]:
    place = {"sleeper": "_sleep (", "burner": "burner ("}[name]
    return [line for line in lines if str(line["place"]).startswith(place)][-1:]


async def test_a_job_that_blocks_is_named(world: World) -> None:
    worker = world.children["worker"]
    await world.post("block")
    (line, *_) = await until(lambda: worker.having(message="the loop is blocked", plugin="heavy"))
    assert line["duration_ms"] < 1_000
    assert not worker.having(kind="heavy.blocking", outcome="done")
    assert line["task"]
