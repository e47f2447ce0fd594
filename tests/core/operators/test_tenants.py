"""What operators do with tenants through the API, and what becomes of the tenants' people."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

import httpx2 as httpx
import pytest
import sqlalchemy as sa
from tests.core.operators.conftest import BASE, World, code, files

from maru.db.scope import Scope
from maru.db.unit import committing
from maru.jobs.pace import BATCH, Pace
from maru.jobs.queries import CLAIM
from maru.moving.importing import Importer
from maru.operators.tasks import Tasks
from maru_sdk.db import uuid7

TASKS = "/api/v1/operator/tasks"
TENANTS = "/api/v1/operator/tenants"
Tenant = dict[str, Any]
LOGIN = {"username": "alice", "password": "alice's own password"}


async def until(found: Callable[[], Awaitable[object]], within: float = 30.0) -> None:
    """Waits until something is true."""
    async with asyncio.timeout(within):
        while True:
            if await found():
                return
            await asyncio.sleep(0.02)


def at(world: World, tenant: Tenant) -> httpx.AsyncClient:
    return world.client(f"{tenant['slug']}.{BASE}")


async def act(
    operator: httpx.AsyncClient, tenant: Tenant, what: str, body: Any = None
) -> httpx.Response:
    return await operator.post(f"{TENANTS}/{tenant['id']}/{what}", json=body)


class TestCreating:
    async def test_a_new_tenant_has_roles_and_its_first_administrator(
        self, world: World, operator: httpx.AsyncClient
    ) -> None:
        admin = {"username": "boss", "name": "김대표", "password": "the boss's first password"}
        body = {
            "slug": "gaon",
            "name": "가온",
            "domain": "Portal.Gaon.example",
            "quotas": {"people": 3},
            "admin": admin,
        }
        answer = await operator.post(TENANTS, json=body)
        assert answer.status_code == 201, answer.text
        made = answer.json()["data"]
        assert (made["state"], made["quotas"]["people"]) == ("active", 3)
        await world.house.signals.poll()
        async with world.client("portal.gaon.example") as client:
            given = {"username": "boss", "password": admin["password"]}
            signed = await client.post("/api/v1/auth/login", json=given)
            assert signed.status_code in (200, 403), signed.text  # it has to be changed first
        kept = await world.sql("SELECT string_agg(ask::text, '') FROM maru.operator_task")
        assert admin["password"] not in kept

    @pytest.mark.parametrize(
        ("change", "found"),
        [
            ({"slug": "A b"}, (422, "TENANT_INVALID")),
            ({"slug": "-x"}, (422, "TENANT_INVALID")),
            ({"slug": "s" * 64}, (422, "VALIDATION_FAILED")),
            ({"name": " "}, (422, "VALIDATION_FAILED")),
            ({"name": "이" * 201}, (422, "VALIDATION_FAILED")),
            ({"name": "a\x00b"}, (422, "VALIDATION_FAILED")),
            ({"timezone": "Mars/Olympus"}, (422, "TENANT_INVALID")),
            ({"timezone": "../../etc/passwd"}, (422, "TENANT_INVALID")),
            ({"domain": "no domain"}, (422, "TENANT_INVALID")),
            ({"domain": f"x.{BASE}"}, (422, "TENANT_INVALID")),
            ({"quotas": {"people": -1}}, (422, "VALIDATION_FAILED")),
            ({"quotas": {"jobs": 0}}, (422, "VALIDATION_FAILED")),
            ({"nonsense": 1}, (422, "VALIDATION_FAILED")),
            ({"admin": {"username": "a", "name": "b", "password": "short"}},
             (422, "VALIDATION_FAILED")),
        ],
    )  # fmt: skip
    async def test_what_is_no_tenant_is_refused(
        self,
        world: World,
        operator: httpx.AsyncClient,
        change: dict[str, Any],
        found: tuple[int, str],
    ) -> None:
        before = await world.sql("SELECT count(*) FROM maru.tenant")
        answer = await operator.post(TENANTS, json={"slug": "new", "name": "새", **change})
        assert code(answer) == found
        assert await world.sql("SELECT count(*) FROM maru.tenant") == before

    async def test_slug_and_domain_are_one_tenants(
        self, operator: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        again = await operator.post(TENANTS, json={"slug": tenant["slug"], "name": "또"})
        assert code(again) == (409, "TENANT_EXISTS")
        domain = f"{tenant['slug']}.example"
        given = await operator.put(f"{TENANTS}/{tenant['id']}", json={"domain": domain})
        assert given.json()["data"]["domain"] == domain
        body = {"slug": f"{tenant['slug']}x", "name": "x", "domain": domain}
        assert code(await operator.post(TENANTS, json=body)) == (409, "TENANT_DOMAIN_TAKEN")

    async def test_the_list_is_paged_and_sorted(
        self, operator: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        answer = await operator.get(f"{TENANTS}?limit=1&sort=created_at&order=desc")
        assert [one["slug"] for one in answer.json()["data"]] == [tenant["slug"]]
        assert answer.json()["pagination"]["total"] >= 1

    async def test_what_there_isnt_is_not_found(self, operator: httpx.AsyncClient) -> None:
        nobody = {"id": str(uuid7())}
        assert code(await operator.get(f"{TENANTS}/{nobody['id']}")) == (404, "TENANT_NOT_FOUND")
        for what, body in (("suspend", {}), ("resume", None), ("export", {})):
            assert code(await act(operator, nobody, what, body)) == (404, "TENANT_NOT_FOUND")


class TestSuspending:
    async def test_people_are_shut_out_with_a_reason_and_let_in_again(
        self, world: World, operator: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        await world.person(tenant["slug"])
        async with at(world, tenant) as client:
            signed = await client.post("/api/v1/auth/login", json=LOGIN)
            token = {"authorization": f"Bearer {signed.json()['data']['access_token']}"}
            assert (await client.get("/api/v1/users/me", headers=token)).status_code == 200
            answer = await act(operator, tenant, "suspend", {"note": "미납 요금이 있습니다"})
            assert answer.json()["data"]["state"] == "suspended"

            async def shut() -> bool:
                me = await client.get("/api/v1/users/me", headers=token)
                return me.status_code == 403

            await until(shut, 2.0)
            refused = await client.post("/api/v1/auth/login", json=LOGIN)
            assert code(refused) == (403, "TENANT_SUSPENDED")
            error = refused.json()["error"]
            assert error["message"] == "가온상사는 지금 이용이 중지되어 있습니다"
            assert error["details"]["note"] == "미납 요금이 있습니다"
            english = {"accept-language": "en"}
            refused = await client.post("/api/v1/auth/login", json=LOGIN, headers=english)
            assert refused.json()["error"]["message"] == "가온상사 is suspended at the moment"
            page = await client.get("/login")
            assert page.status_code == 403
            assert "미납 요금이 있습니다" in page.text
            assert (await client.get("/api/v1/operator/me")).status_code == 401
            await act(operator, tenant, "resume")
            await world.house.signals.poll()
            assert (await client.get("/api/v1/users/me", headers=token)).status_code == 200
        by_header = world.client("127.0.0.1")
        async with by_header as client:
            given = {"x-maru-tenant": tenant["slug"]}
            assert (await client.get("/api/v1/users/me", headers=given)).status_code == 401

    async def test_what_operators_do_is_in_the_tenants_trail(
        self, world: World, operator: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        await act(operator, tenant, "suspend", {"note": "점검"})
        await act(operator, tenant, "resume")
        async with world.house.database.unit(Scope(tenant["id"])) as unit:
            sql = "SELECT action, operator, person_id FROM maru.audit ORDER BY created_at, id"
            lines = [tuple(row) for row in await unit.db.execute(sa.text(sql))]
        assert [line for line in lines if line[0].startswith("tenant.")] == [
            ("tenant.created", "root", None),
            ("tenant.suspended", "root", None),
            ("tenant.resumed", "root", None),
        ]
        answer = await operator.get("/api/v1/operator/audit?limit=3")
        assert [line["action"] for line in answer.json()["data"]][:2] == [
            "tenant.resumed",
            "tenant.suspended",
        ]


class TestDeleting:
    async def test_wants_the_slug_and_can_be_taken_back(
        self, world: World, operator: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        wrong = await act(operator, tenant, "delete", {"slug": "another"})
        assert code(wrong) == (422, "VALIDATION_FAILED")
        asked = {"slug": tenant["slug"], "days": 7}
        answer = await act(operator, tenant, "delete", asked)
        gone = answer.json()["data"]
        assert gone["state"] == "deleting"
        assert gone["delete_after"] is not None
        again = await act(operator, tenant, "delete", {**asked, "days": 0})
        assert again.json()["data"]["delete_after"] == gone["delete_after"]
        assert code(await act(operator, tenant, "suspend")) == (409, "TENANT_STATE")
        await world.house.signals.poll()
        async with at(world, tenant) as client:
            assert code(await client.get("/api/v1/users/me")) == (403, "TENANT_SUSPENDED")
            back = await act(operator, tenant, "resume")
            assert back.json()["data"]["delete_after"] is None
            await world.house.signals.poll()
            assert (await client.get("/api/v1/users/me")).status_code == 401

    async def test_after_the_grace_nothing_is_left_but_the_installations_trail(
        self, world: World, operator: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        await world.person(tenant["slug"])
        asked = {"slug": tenant["slug"], "days": 0}
        assert (await act(operator, tenant, "delete", asked)).status_code == 200

        async def gone() -> bool:
            found = await operator.get(f"{TENANTS}/{tenant['id']}")
            return found.status_code == 404

        await until(gone)
        count = "SELECT count(*) FROM maru.audit WHERE tenant_id = :id"
        assert await world.sql(count, id=tenant["id"]) == 0
        async with world.house.database.unit(Scope(tenant["id"])) as unit:
            assert await unit.db.scalar(sa.text("SELECT count(*) FROM maru.person")) == 0
        trail = "SELECT array_agg(action ORDER BY created_at) FROM maru.operator_audit"
        said = await world.sql(f"{trail} WHERE tenant = :id", id=tenant["id"])
        assert said == ["tenant.created", "tenant.deleted", "tenant.erased"]
        await world.house.signals.poll()
        async with at(world, tenant) as client:
            assert code(await client.get("/api/v1/users/me")) == (404, "TENANT_NOT_FOUND")


class TestExporting:
    async def test_an_archive_is_written_and_can_be_taken_in_again(
        self, world: World, operator: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        await world.person(tenant["slug"])
        body = {"passphrase": "a phrase for the road"}
        answer = await act(operator, tenant, "export", body)
        assert answer.status_code == 202
        task = answer.json()["data"]
        at_task = f"/api/v1/operator/tasks/{task['id']}"
        sealed = await world.sql("SELECT string_agg(ask::text, '') FROM maru.operator_task")
        assert body["passphrase"] not in sealed

        async def written() -> bool:
            found = (await operator.get(at_task)).json()["data"]
            assert found["state"] != "failed", found
            return bool(found["state"] == "done")

        await until(written)
        done = (await operator.get(at_task)).json()["data"]["result"]
        (path,) = [one for one in files(world) if one.name == done["file"]]
        assert path.stat().st_size == done["bytes"]
        await act(operator, tenant, "delete", {"slug": tenant["slug"], "days": 0})

        async def gone() -> bool:
            return (await operator.get(f"{TENANTS}/{tenant['id']}")).status_code == 404

        await until(gone)
        await Importer(world.house, world.system).read(path, body["passphrase"])
        await world.house.signals.poll()
        async with at(world, tenant) as client:
            signed = await client.post("/api/v1/auth/login", json=LOGIN)
            assert signed.status_code == 200, signed.text

    async def test_it_is_downloaded_once_and_that_is_told(
        self, world: World, operator: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        task = (await act(operator, tenant, "export", {})).json()["data"]
        at_task = f"/api/v1/operator/tasks/{task['id']}"

        async def written() -> bool:
            return bool((await operator.get(at_task)).json()["data"]["state"] == "done")

        await until(written)
        done = (await operator.get(at_task)).json()["data"]["result"]
        link = (await operator.post(f"{at_task}/download")).json()["data"]["url"]
        async with world.client() as anyone:
            answer = await anyone.get(link)
            assert answer.status_code == 200, answer.text
            assert answer.headers["cache-control"] == "no-store"
            assert answer.headers["content-type"] == "application/zip"
            assert done["file"] in answer.headers["content-disposition"]
            (path,) = [one for one in files(world) if one.name == done["file"]]
            assert answer.content == path.read_bytes()
            assert code(await anyone.get(link)) == (404, "ARCHIVE_LINK_OVER")
            assert code(await anyone.get(f"{link}x")) == (404, "ARCHIVE_LINK_OVER")
            assert code(await anyone.post(f"{at_task}/download")) == (401, "UNAUTHENTICATED")
        said = "action = 'tenant.downloaded'"
        for table, where in (
            ("operator_audit", f"{said} AND tenant = :id AND operator = 'root'"),
            ("audit", f"{said} AND tenant_id = :id AND operator = 'root'"),
        ):
            counted = f"SELECT count(*) FROM maru.{table} WHERE {where}"
            assert await world.sql(counted, id=tenant["id"]) == 1
        path.unlink()
        gone = await operator.post(f"{at_task}/download")
        assert code(gone) == (404, "ARCHIVE_ELSEWHERE")
        nothing = await operator.post(f"{TASKS}/{tenant['id']}/download")
        assert code(nothing) == (404, "ARCHIVE_NOT_FOUND")


class TestQuotas:
    async def test_people_beyond_it_are_refused_and_those_who_are_here_stay(
        self, world: World, operator: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        for name in ("alice", "bora"):
            await world.person(tenant["slug"], name)
        set_to = await operator.put(f"{TENANTS}/{tenant['id']}", json={"quotas": {"people": 1}})
        assert set_to.json()["data"]["quotas"] == {"people": 1, "storage": None, "jobs": None}
        with pytest.raises(Exception, match="Not more than 1 people"):
            await world.person(tenant["slug"], "chan")
        scope = Scope(tenant["id"])
        async with committing(world.house.database.unit(scope)) as unit:
            await unit.db.execute(sa.text("UPDATE maru.person SET phone = '02-1'"))
            assert await unit.db.scalar(sa.text("SELECT count(*) FROM maru.person")) == 2
            leave = "UPDATE maru.person SET state = 'inactive' WHERE username = '{}'"
            for name in ("alice", "bora"):
                await unit.db.execute(sa.text(leave.format(name)))
        await world.person(tenant["slug"], "chan")
        back = sa.text("UPDATE maru.person SET state = 'active' WHERE username = 'alice'")
        with pytest.raises(sa.exc.DBAPIError, match="people"):
            async with committing(world.house.database.unit(scope)) as unit:
                await unit.db.execute(back)
        lifted = await operator.put(f"{TENANTS}/{tenant['id']}", json={"quotas": {"people": None}})
        assert lifted.json()["data"]["quotas"]["people"] is None
        async with committing(world.house.database.unit(scope)) as unit:
            await unit.db.execute(back)

    async def test_the_last_place_is_given_once(
        self, world: World, operator: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        await operator.put(f"{TENANTS}/{tenant['id']}", json={"quotas": {"people": 1}})
        made = await asyncio.gather(
            *(world.person(tenant["slug"], f"p{number}") for number in range(6)),
            return_exceptions=True,
        )
        assert sum(one is None for one in made) == 1

    async def test_no_more_jobs_are_sent_than_may_be_at_work(
        self, world: World, operator: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        async with committing(world.house.database.unit(Scope(tenant["id"]))) as unit:
            sql = (
                "INSERT INTO maru.job (id, kind, plugin, seed) SELECT gen_random_uuid(),"
                " 'core.idle', 'core', '{}' FROM generate_series(1, 9)"
            )
            await unit.db.execute(sa.text(sql))
        await operator.put(f"{TENANTS}/{tenant['id']}", json={"quotas": {"jobs": 2}})
        values = {"token": "t", "lease": 60.0, "batch": BATCH, **Pace().depth()}
        for expected in (2, 0):
            async with committing(world.system.unit(Scope(None))) as unit:
                rows = (await unit.db.execute(CLAIM, values)).all()
            assert len([row for row in rows if str(row.tenant_id) == tenant["id"]]) == expected

    async def test_use_is_measured(
        self, world: World, operator: httpx.AsyncClient, tenant: Tenant
    ) -> None:
        await world.person(tenant["slug"])
        while await world.meter.step():
            pass
        used = (await operator.get(f"{TENANTS}/{tenant['id']}")).json()["data"]["usage"]
        assert used["people"] == 1
        assert used["storage"] > 1_000
        assert used["measured_at"].endswith("Z")


async def test_a_tenants_administrator_sees_its_quotas(
    world: World, operator: httpx.AsyncClient, tenant: Tenant
) -> None:
    await world.person(tenant["slug"])
    await operator.put(f"{TENANTS}/{tenant['id']}", json={"quotas": {"people": 5}})
    async with at(world, tenant) as client:
        signed = await client.post("/api/v1/auth/login", json=LOGIN)
        client.headers["authorization"] = f"Bearer {signed.json()['data']['access_token']}"
        assert code(await client.get("/api/v1/admin/quotas")) == (403, "PERMISSION_DENIED")
        async with committing(world.house.database.unit(Scope(UUID(tenant["id"])))) as unit:
            who = UUID(signed.json()["data"]["user"]["id"])
            await world.house.rights.roles.grant(unit, "admin", "person", who)
        await world.house.signals.poll()
        answer = await client.get("/api/v1/admin/quotas")
        assert answer.json()["data"]["people_quota"] == 5
        assert "5" in (await client.get("/admin/quotas")).text


async def test_a_task_of_a_killed_scheduler_is_done_by_another(
    world: World, operator: httpx.AsyncClient, tenant: Tenant
) -> None:
    await world.tasks.stop()
    try:
        sql = (
            "INSERT INTO maru.operator_task (id, kind, tenant, slug, ask, state, lease_by,"
            " lease_until) VALUES (:id, 'suspend', :tenant, 'x', '{\"note\": \"\"}', 'running',"
            " 'dead', now() - interval '1 second')"
        )
        await world.sql(sql, id=uuid7(), tenant=tenant["id"])
        other = Tasks(world.house, world.system)
        assert await other.step()
        found = (await operator.get(f"{TENANTS}/{tenant['id']}")).json()["data"]
        assert found["state"] == "suspended"
    finally:
        world.tasks.start()
