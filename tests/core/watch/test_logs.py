"""What every process writes down, and what none does."""

import secrets
from functools import partial

from maru_heavy.secrets import COUNT, FIELDS, MESSAGES
from tests.core.watch.world import World, child, until

from maru.observability.log import FIELDS as COLUMNS


async def test_fifty_planted_secrets_are_in_no_log(world: World) -> None:
    planted = f"{MESSAGES} {FIELDS} HUSH49 HUSH50"
    assert sum(f"HUSH{number:02}" in planted for number in range(1, COUNT + 1)) == COUNT
    assert await world.post("leak", cookie="maru=HUSH", **{"x-api-key": "HUSH"}) in (500, 503)
    async with child("heavy", world.settings, "tell", "--tenant", world.company.tenant.slug) as it:
        await until(lambda: it.process.returncode is not None)
    worker = world.children["worker"]
    await until(lambda: worker.having(kind="heavy.leaky", outcome="dead"))
    web = world.children["serve"]
    await until(lambda: [x for x in web.lines if "HUSH" in str(x) or "exception" in x])
    for process in (*world.children.values(), it):
        told = b"".join(process.raw)
        found = {told[at - 60 : at + 10] for at in _places(told, b"HUSH")}
        assert not found, (process.role, found)
    for process in (web, worker, it):  # and yet they have said something
        text = b"".join(process.raw).decode()
        assert text.count("***") >= COUNT, process.role
        assert "can't reach postgresql://***@db/maru" in text


def _places(text: bytes, word: bytes) -> list[int]:
    return [at for at in range(len(text)) if text.startswith(word, at)]


async def test_every_line_of_every_process_has_the_fields(world: World) -> None:
    assert await world.post("begin") == 201
    await until(lambda: world.children["worker"].having(kind="heavy.second", outcome="done"))
    for role, child_ in world.children.items():
        assert child_.lines or role == "scheduler"
        for line in child_.lines:
            assert tuple(line)[:13] == COLUMNS[:13], line
            assert line["message"]
            assert line["service"] == {"serve": "web"}.get(role, role)


async def test_the_line_of_a_request(world: World) -> None:
    await world.post("begin")
    web = world.children["serve"]
    (line, *_) = await until(lambda: web.having(route="/api/v1/heavy/begin", status=201))
    assert line["tenant"] == world.company.tenant.slug
    assert line["user_id"] == str(world.company.admin.id)
    assert (line["plugin"], line["method"], line["ip"]) == ("heavy", "POST", "127.0.0.1")
    assert line["duration_ms"] > 0
    assert (len(line["trace_id"]), len(line["request_id"])) == (32, 16)


async def test_the_line_of_a_job_and_of_a_listener(world: World) -> None:
    trace = secrets.token_hex(16)
    await world.post("begin", traceparent=f"00-{trace}-{'1' * 16}-01")
    worker = world.children["worker"]
    for kind in ("heavy.first", "heavy.second", "listener:heavy.heard"):
        (line,) = await until(partial(worker.having, kind=kind, trace_id=trace))
        assert (line["plugin"], line["outcome"], line["message"]) == ("heavy", "done", "job done")
        assert line["tenant"] == world.company.tenant.slug
        assert line["duration_ms"] > 0
        assert len(line["job"]) == 36


async def test_names_cannot_forge_lines(world: World) -> None:
    nasty = '/x%0d%0a{"level":"error"}%1b[31m%c2%9b31m%e2%80%a8%c2%85'
    await world.client.get(nasty)
    web = world.children["serve"]
    await until(lambda: [line for line in web.raw if b"/x" in line])
    for line in web.raw:
        assert line.count(b"\n") == 1
        assert not set(line[:-1]) & {*range(32), 0x7F}
        assert len(line.decode().splitlines()) == 1
        assert "\x9b" not in line.decode()
