"""What operators and programmers see: health, figures, the log and the API's description."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

from tests.core.api.asking import Asker, edge_of, switch_on
from tests.core.api.conftest import Place
from tests.core.jobs.house import until

from maru.api.exchange import Exchange
from maru.api.figures import RedisFigures, RedisSnapshots
from maru.api.health import Health
from maru.api.operation import Operation
from maru.api.sending import send_answer
from maru.app import reading
from maru.observability.log import Journal
from maru.observability.metrics import Metrics


def variant(place: Place, **changes: Any) -> Any:
    """The same rooms under other settings."""
    return replace(place.rooms, settings=place.rooms.settings.model_copy(update=changes))


class TestHealth:
    async def test_live_asks_nobody(self, place: Place) -> None:
        reply = await place.anyone("GET", "/health/live", host="whatever.example")
        assert (reply.status, reply.json["status"], reply.json["checks"]) == (200, "healthy", {})

    async def test_ready_asks_what_serving_needs(self, place: Place) -> None:
        reply = await place.anyone("GET", "/health/ready", host="10.0.0.1")
        assert reply.status == 200
        assert list(reply.json["checks"]) == ["database"]
        assert set(reply.json) == {
            "status", "service", "version", "timestamp", "duration", "checks",
        }  # fmt: skip

    async def test_asks_plugins_that_are_on(self, place: Place) -> None:
        reply = await place.anyone("GET", "/health")
        assert reply.status == 503
        names = ["database", "redis_queue", "redis_cache", "redis_live"]
        assert list(reply.json["checks"])[:4] == names
        assert reply.json["checks"]["notes.sick"]["error"] == "RuntimeError"
        assert reply.json["checks"]["notes.well"]["status"] == "healthy"
        for tenant in (place.hanbit, place.saebom):
            await switch_on(place.rooms, tenant, "notes", enabled=False)
        reply = await place.anyone("GET", "/health")
        checks = reply.json["checks"]
        silent = _processes(checks)  # other tests' processes reported to this Redis too, and ended
        assert {name for name in checks if name not in silent} == set(names)
        sick = {name for name, check in checks.items() if check["status"] != "healthy"}
        assert sick <= silent
        assert reply.status == (503 if sick else 200)

    async def test_a_late_check_is_unhealthy_and_holds_up_nobody(self, place: Place) -> None:
        async def late() -> None:
            await asyncio.Event().wait()

        health = Health("maru", "1", Journal("web"), {"a": late, "b": late}, dict, limit=0.05)
        reply = await Asker(_alone(health))("GET", "/health/ready")
        assert reply.status == 503
        assert reply.json["duration"] < 1
        assert {c["error"] for c in reply.json["checks"].values()} == {"no answer in time"}


def _processes(checks: Mapping[str, Any]) -> set[str]:
    """The checks of processes: those that are named like a service alone."""
    return {name for name in checks if "." not in name and not name.startswith(("redis_", "data"))}


def _alone(plain: Any) -> Any:
    """A handler of the edge as an application."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        exchange = Exchange(scope, receive)
        await send_answer(exchange, await plain(exchange), send)

    return app


class TestMetrics:
    async def test_count_requests_by_route(self, place: Place) -> None:
        place.rooms.metrics.requests.values.clear()  # other tests ask this process too
        for _ in range(3):
            await place.reader("GET", "/api/v1/notes/kept")
        await place.anyone("GET", "/api/v1/nothing/at/all")
        await place.anyone("BREW", "/x")
        text = (await place.anyone("GET", "/metrics")).body.decode()
        label = 'method="GET",process="web-'
        assert 'route="/api/v1/notes/kept",status_code="200"} 3.0' in text
        assert "http_request_duration_seconds_bucket" in text
        assert 'route="unmatched",status_code="404"} 1.0' in text
        assert 'method="OTHER"' in text
        assert 'maru_cache_hits_total{plugin="notes"' in text
        assert "maru_db_pool_size" in text
        assert "process_resident_memory_bytes" in text
        assert label in text

    async def test_show_every_process(self, place: Place) -> None:
        store = RedisSnapshots(place.rooms.redises, "main")
        for service in ("worker", "scheduler"):
            other = Metrics(service)
            other.counter("maru_queue_failed_total", "Failed.").add(by=7)
            await other.publish(store)
        text = (await place.anyone("GET", "/metrics")).body.decode()
        found = {
            line.split('process="')[1].split("-")[0]
            for line in text.splitlines()
            if "process=" in line
        }
        assert {"web", "worker", "scheduler"} <= found

    async def test_of_plugins(self, place: Place) -> None:
        text = await self.gauges(place)
        assert 'maru_notes_waiting{process="web-' in text
        assert 'tenant="hanbit"} 4.0' in text
        await switch_on(place.rooms, place.hanbit, "notes", enabled=False)
        shown = [one for one in (await self.gauges(place)).splitlines() if "notes_waiting" in one]
        assert 'tenant="hanbit"' not in str(shown)

    async def test_of_the_redis_servers(self, place: Place) -> None:
        metrics = Metrics("web")
        servers = RedisFigures(place.rooms.redises, metrics)
        await servers.read()
        text = (await metrics.exposition()).decode()
        for role in ("queue", "cache", "live"):
            held = float(
                text.split(
                    f'maru_redis_memory_bytes{{process="{metrics.process}",role="{role}"}} '
                )[1].split()[0]
            )
            assert held > 100_000
        assert text.count("maru_redis_ops_per_second{") == 3

    async def test_a_gauge_that_hangs_silences_no_process(self, place: Place) -> None:
        rooms, metrics, stopped = place.rooms, Metrics("hung"), asyncio.Event()
        store = RedisSnapshots(rooms.redises, "main")
        opened = partial(reading, rooms.services)
        operation = Operation(rooms.host, rooms.gate, opened, Journal("web"), metrics)
        operation.patience = 0.05

        async def hang() -> None:
            await asyncio.Event().wait()

        watching = asyncio.create_task(operation.watch(store, stopped, hang))

        async def shown() -> bool:
            return metrics.process in await store.all()

        await until(shown)
        stopped.set()
        await asyncio.wait_for(watching, 10)

    async def gauges(self, place: Place) -> str:
        rooms, metrics = place.rooms, Metrics("web")
        opened = partial(reading, rooms.services)
        await Operation(rooms.host, rooms.gate, opened, Journal("web"), metrics).read()
        return (await metrics.exposition()).decode()

    async def test_are_not_for_strangers(self, place: Place) -> None:
        stranger = Asker(place.edge, client=("192.0.2.1", 1))
        assert (await stranger("GET", "/metrics")).status == 404
        assert (await place.anyone("GET", "/metrics", x_forwarded_for="192.0.2.1")).status == 404
        async with edge_of(variant(place, metrics_token="letmein")) as (edge, _):
            stranger = Asker(edge, client=("192.0.2.1", 1))
            assert (await stranger("GET", "/metrics", authorization="Bearer no")).status == 404
            assert (await stranger("GET", "/metrics", authorization="Bearer letmein")).status == 200


class TestLog:
    async def test_a_line_of_a_request(self, place: Place) -> None:
        trace = "0af7651916cd43dd8448eb211c80319c"
        reply = await place.reader(
            "GET",
            "/api/v1/notes/notes/11111111-1111-4111-8111-111111111111",
            query="token=secret",
            traceparent=f"00-{trace}-b7ad6b7169203331-01",
        )
        line = place.log.line(trace_id=trace)
        assert line["request_id"] == reply.header("x-request-id")
        assert {k: line[k] for k in ("level", "service", "tenant", "plugin", "ip", "method")} == {
            "level": "info", "service": "web", "tenant": "hanbit", "plugin": "notes",
            "ip": "127.0.0.1", "method": "GET",
        }  # fmt: skip
        assert line["route"] == "/api/v1/notes/notes/{note_id}"
        assert line["status"] == 422
        assert line["duration_ms"] > 0
        assert line["timestamp"].endswith("Z")
        assert "secret" not in place.log.text

    async def test_no_header_reaches_it(self, place: Place) -> None:
        token = place.token("reader")
        await place.reader("GET", "/api/v1/notes/raising", cookie=f"maru-main={token}")
        assert token not in place.log.text

    async def test_a_forged_line_is_one_line(self, place: Place) -> None:
        before = len(place.log.lines())
        await place.anyone("GET", '/x\r\n{"level":"error","message":"forged"}')
        found = place.log.lines()[before:]
        assert [line["status"] for line in found] == [400]


class TestDescription:
    async def test_is_for_admins(self, place: Place) -> None:
        for path in ("/openapi.json", "/docs"):
            assert (await place.anyone("GET", path)).status in (401, 303)
            assert (await place.reader("GET", path)).status == 403
            assert (await place.writer("GET", path)).status == 200
        assert (await place.anyone("GET", "/openapi.json", host="maru.test")).status == 400

    async def test_is_open_where_a_setting_says_so(self, place: Place) -> None:
        async with edge_of(variant(place, docs_open=True)) as (edge, _):
            for path in ("/openapi.json", "/docs"):
                assert (await Asker(edge)("GET", path)).status == 200
            assert (await Asker(edge, host="127.0.0.1")("GET", "/openapi.json")).status == 200

    async def test_shows_the_envelope_and_no_context(self, place: Place) -> None:
        schema = (await place.writer("GET", "/openapi.json")).json
        listed = schema["paths"]["/api/v1/notes/notes"]["get"]
        names = {parameter["name"] for parameter in listed["parameters"]}
        assert names == {"page", "limit", "sort", "order", "q", "tag", "X-Maru-Tenant"}
        answer = listed["responses"]["200"]["content"]["application/json"]["schema"]["$ref"]
        envelope = schema["components"]["schemas"][answer.rpartition("/")[2]]
        assert set(envelope["properties"]) == {"success", "data", "message", "timestamp"}
        assert "4XX" in listed["responses"]
        assert schema["paths"]["/api/v1/notes/notes"]["post"]["responses"]["201"]
        assert listed["x-permission"] == "notes:note:read"
        assert len([path for path in schema["paths"] if "/notes/" in path]) == 18


class TestCrossOriginAndProxies:
    async def test_named_origins_may_call_with_a_token(self, place: Place) -> None:
        async with edge_of(variant(place, cors_origins=["https://app.example"])) as (edge, _):
            app = Asker(edge, headers={"origin": "https://app.example"})
            asked = await app(
                "OPTIONS", "/api/v1/notes/notes", access_control_request_method="POST"
            )
            assert asked.status == 204
            assert asked.header("access-control-allow-origin") == "https://app.example"
            assert "Authorization" in (asked.header("access-control-allow-headers") or "")
            writer = app.having(authorization=f"Bearer {place.token('writer')}")
            made = await writer("POST", "/api/v1/notes/notes", json={"name": "x"})
            assert made.status == 201
            assert made.header("access-control-allow-origin") == "https://app.example"
            assert made.header("access-control-allow-credentials") is None
            refused = await app("GET", "/api/v1/notes/notes")
            assert refused.header("access-control-allow-origin") == "https://app.example"
            other = await app("GET", "/api/v1/notes/open", origin="https://evil.example")
            assert other.header("access-control-allow-origin") is None

    async def test_a_configured_proxy_is_believed(self, place: Place) -> None:
        async with edge_of(variant(place, forwarded_from=["10.0.0.0/8"])) as (edge, log):
            told = {
                "x_forwarded_for": "6.6.6.6, 192.0.2.7, 10.1.1.1",
                "x_forwarded_proto": "https",
                "x_forwarded_host": "saebom.maru.test",
            }
            proxy = Asker(edge, host="inside:80", client=("10.2.2.2", 1))
            reply = await proxy.having(**told)("GET", "/api/v1/notes/open")
            assert reply.status == 200
            assert reply.header("strict-transport-security")
            stranger = Asker(edge, host="hanbit.maru.test", client=("192.0.2.9", 1))
            unmoved = await stranger.having(**told)("GET", "/api/v1/notes/open")
            assert unmoved.header("strict-transport-security") is None
        line = log.line(tenant="saebom")
        assert line["ip"] == "192.0.2.7"
