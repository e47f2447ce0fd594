"""Required reading: who must, who has, who is reminded, and the file of it."""

import asyncio
import io
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from openpyxl import load_workbook

from maru_board.models import Post
from maru_board.required import service
from maru_board.required.models import Requirement
from maru_board.required.schemas import RequirementIn
from maru_sdk.db import col, select, update
from maru_sdk.testing import Company, Kit

API = "/api/v1/board"
IN_A_WEEK = timedelta(days=7)


@pytest.fixture
async def post(company: Company, write: Any) -> UUID:
    """A post that everybody must read within a week."""
    found: UUID = await write("보안 교육", by=company.manager)
    async with company.context(company.manager) as ctx:
        await service.require(ctx, found, RequirementIn(due_at=ctx.now + IN_A_WEEK))
    return found


async def told(client: Any) -> list[str]:
    return [one["title"] for one in (await client.get("/api/v1/notifications")).json()["data"]]


async def owed(client: Any) -> list[str]:
    return [one["title"] for one in (await client.get(f"{API}/required")).json()["data"]]


class TestReading:
    async def test_is_owed_until_it_is_confirmed(self, client: Any, post: UUID) -> None:
        assert await owed(client) == ["보안 교육"]
        assert "읽었습니다" in (await client.get(f"/board/posts/{post}")).text
        assert await owed(client) == ["보안 교육"]  # opening isn't confirming
        answers = await asyncio.gather(
            *(client.post(f"{API}/posts/{post}/confirm") for _ in range(3))
        )
        assert {one.status_code for one in answers} == {200}
        assert len({one.json()["data"]["confirmed_at"] for one in answers}) == 1  # the first
        assert await owed(client) == []
        assert "확인했습니다" in (await client.get(f"/board/posts/{post}")).text

    async def test_portlet_shows_what_is_mine(self, client: Any, post: UUID) -> None:
        path = "/api/v1/portal/data/board.required_reading"
        content = (await client.get(path)).json()["data"]["content"]
        assert [one["title"] for one in content["owed"]] == ["보안 교육"]
        await client.post(f"/board/posts/{post}/confirm", data={})
        assert (await client.get(path)).json()["data"]["content"]["owed"] == []

    async def test_what_nobody_must_read_is_not_confirmed(self, client: Any, write: Any) -> None:
        answer = await client.post(f"{API}/posts/{await write()}/confirm")
        code = answer.json()["error"]["code"]
        assert (answer.status_code, code) == (404, "BOARD_REQUIREMENT_NOT_FOUND")

    async def test_gone_with_its_post(self, client: Any, admin_client: Any, post: UUID) -> None:
        await admin_client.delete(f"{API}/posts/{post}")
        assert await owed(client) == []
        assert (await client.post(f"{API}/posts/{post}/confirm")).status_code == 404


class TestAsking:
    async def test_is_the_moderators(self, company: Company, client: Any, write: Any) -> None:
        due = {"due_at": "2099-01-01T00:00:00Z"}
        answer = await client.put(f"{API}/posts/{await write()}/required", json=due)
        assert answer.status_code == 403

    async def test_changed_and_withdrawn(self, client: Any, admin_client: Any, post: UUID) -> None:
        path = f"{API}/posts/{post}/required"
        changed = await admin_client.put(path, json={"due_at": "2099-01-01T00:00:00Z"})
        assert changed.json()["data"]["due_at"] == "2099-01-01T00:00:00Z"
        assert (await admin_client.delete(path)).status_code == 200
        assert (await client.get(path)).status_code == 404
        assert await owed(client) == []
        assert (await admin_client.delete(path)).status_code == 404

    @pytest.mark.parametrize(
        ("body", "code"),
        [
            ({"due_at": "2020-01-01T00:00:00Z"}, "BOARD_DUE_IN_THE_PAST"),
            ({"due_at": "2099-01-01T00:00:00Z", "everyone": False}, "BOARD_NOBODY_MEANT"),
            (
                {
                    "due_at": "2099-01-01T00:00:00Z",
                    "everyone": False,
                    "departments": [str(uuid4())],
                },
                "BOARD_NOBODY_MEANT",
            ),
            ({"due_at": "2099-01-01T00:00:00Z", "remind_days": 99}, "VALIDATION_FAILED"),
            ({}, "VALIDATION_FAILED"),
        ],
    )
    async def test_nonsense_is_refused(
        self, admin_client: Any, write: Any, body: dict[str, Any], code: str
    ) -> None:
        answer = await admin_client.put(f"{API}/posts/{await write()}/required", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (422, code)

    async def test_form_asks_everybody(self, company: Company, client: Any, write: Any) -> None:
        path = f"/board/posts/{await write('알림')}/required"
        async with company.client(company.manager) as manager:
            assert "필독으로 정하기" in (await manager.get(path)).text
            form = {"due_at": "2099-01-01T18:00", "everyone": "true", "remind_days": "2"}
            assert (await manager.post(path, data=form)).status_code == 303
            shown = (await manager.get(path)).text
            assert company.member.name in shown
        assert await owed(client) == ["알림"]
        assert (await client.get(path)).status_code == 403


class TestTargets:
    async def test_those_with_a_role_and_those_named_are_asked_told_and_counted(
        self, maru: Kit, company: Company, client: Any, admin_client: Any, write: Any
    ) -> None:
        """Once each, whatever they are meant by."""
        post = await write("회계 지침")
        body = {
            "due_at": "2099-01-01T00:00:00Z",
            "everyone": False,
            "roles": ["manager"],
            "people": [str(company.member.id), str(company.manager.id)],
        }
        answer = await admin_client.put(f"{API}/posts/{post}/required", json=body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["data"]["people"] == body["people"]
        assert (await owed(client), await owed(admin_client)) == (["회계 지침"], [])
        (mine,) = (await client.get(f"{API}/required")).json()["data"]
        portlet = (await client.get("/api/v1/portal/data/board.required_reading")).json()["data"]
        (shown,) = portlet["content"]["owed"]
        of_post = (await client.get(f"{API}/posts/{post}/required")).json()["data"]
        for seen in (mine, shown, of_post):
            assert not {"departments", "roles", "people"} & seen.keys()
        late = await admin_client.get(f"{API}/posts/{post}/required/people")
        names = sorted(one["name"] for one in late.json()["data"])
        assert names == sorted([company.manager.name, company.member.name])
        await maru.work()
        assert any("회계 지침" in one for one in await told(client))
        assert not any("회계 지침" in one for one in await told(admin_client))


class TestProgress:
    async def test_counts_and_names_who_has_not(
        self, company: Company, client: Any, admin_client: Any, post: UUID
    ) -> None:
        await client.get(f"{API}/posts/{post}")
        await admin_client.post(f"{API}/posts/{post}/confirm")
        found = (await admin_client.get(f"{API}/posts/{post}/required/progress")).json()["data"]
        assert (found["people"], found["opened"], found["confirmed"]) == (3, 2, 1)
        assert sum(one["people"] for one in found["departments"]) == 3
        people = f"{API}/posts/{post}/required/people"
        late = (await admin_client.get(f"{people}?open_only=true")).json()["data"]
        assert {one["name"] for one in late} == {company.manager.name, company.member.name}
        assert len((await admin_client.get(f"{people}?limit=2")).json()["data"]) == 2
        assert (await client.get(people)).status_code == 403

    async def test_excel_names_everybody(
        self, company: Company, admin_client: Any, post: UUID
    ) -> None:
        await admin_client.post(f"{API}/posts/{post}/confirm")
        answer = await admin_client.get(f"{API}/posts/{post}/required/export")
        assert answer.status_code == 200
        assert "filename*=UTF-8''" in answer.headers["content-disposition"]
        (sheet,) = load_workbook(io.BytesIO(answer.content)).worksheets
        rows = list(sheet.iter_rows(values_only=True))
        assert rows[0] == ("이름", "부서", "상태", "읽음", "확인함")
        people = {row[0]: row[2] for row in rows[1:]}
        assert people == {
            company.admin.name: "확인함",
            company.manager.name: "안 읽음",
            company.member.name: "안 읽음",
        }

    async def test_other_tenant_sees_nothing(self, other_company: Company, post: UUID) -> None:
        async with other_company.client(other_company.admin) as stranger:
            for path in ("required", "required/progress", "required/people", "required/export"):
                assert (await stranger.get(f"{API}/posts/{post}/{path}")).status_code == 404


class TestTelling:
    async def test_everybody_hears_of_it_and_the_late_once_more(
        self, company: Company, maru: Kit, client: Any, admin_client: Any, post: UUID
    ) -> None:
        await maru.work()
        assert await told(client) == ["필독: “보안 교육”"]
        await admin_client.post(f"{API}/posts/{post}/confirm")
        await admin_client.post(f"{API}/posts/{post}/required/remind")
        assert await told(client) == ["아직 읽지 않은 필독: “보안 교육”", "필독: “보안 교육”"]
        assert await told(admin_client) == ["필독: “보안 교육”"]


class TestReminding:
    async def test_once_at_its_time(self, company: Company, post: UUID) -> None:
        async with company.context() as ctx:
            assert await service.due_reminders(ctx) == []
            soon = ctx.now + timedelta(hours=20)
            await ctx.db.execute(update(Requirement).values(due_at=soon))
        async with company.context() as ctx:
            assert await service.due_reminders(ctx) == [post]
            assert await service.due_reminders(ctx) == []

    async def test_by_hand_once_an_hour(
        self, company: Company, admin_client: Any, client: Any, post: UUID
    ) -> None:
        path = f"{API}/posts/{post}/required/remind"
        assert (await admin_client.post(path)).status_code == 200
        again = await admin_client.post(path)
        assert (again.status_code, again.json()["error"]["code"]) == (409, "BOARD_REMINDED_ALREADY")
        assert (await client.post(path)).status_code == 403

    async def test_what_waits_reminds_nobody(self, company: Company, post: UUID) -> None:
        async with company.context() as ctx:
            soon = ctx.now + timedelta(hours=20)
            await ctx.db.execute(update(Requirement).values(due_at=soon))
            await ctx.db.execute(
                update(Post).where(col(Post.id) == post).values(is_published=False)
            )
        async with company.context() as ctx:
            assert await service.due_reminders(ctx) == []
            assert await ctx.db.scalar(select(Requirement.reminded_at)) is None
