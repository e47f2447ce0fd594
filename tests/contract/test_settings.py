"""What an admin sets for a plugin: by API and by form, checked, audited, at once everywhere."""

import re
from typing import Any

import pytest
import sqlalchemy as sa
from maru_kinds.settings import KindsSettings
from tests.contract.world import Firm, World, eventually

from maru.crypto.sealing import SecretUnreadable
from maru.db.scope import Scope
from maru.db.unit import committing
from maru.house import open_house

API = "/api/v1/admin/plugins/kinds/settings"
PAGE = "/admin/plugins/kinds"
NOT_SET, IS_SET = {"is_set": False}, {"is_set": True}
START = {"prefix": "", "longest": 200, "loud": True, "words": [], "token": NOT_SET}


@pytest.fixture
async def ours(world: World) -> Firm:
    """Our company, with nothing set."""
    await world.ours.on()
    await world.ours.admin.put(API, json={"token": None})
    return world.ours


async def put(firm: Firm, **given: Any) -> tuple[int, Any]:
    answer = await firm.admin.put(API, json=given)
    return answer.status_code, answer.json()


class TestApi:
    async def test_what_nobody_has_set_is_the_default(self, ours: Firm) -> None:
        assert await ours.data(API) == START

    async def test_what_is_put_is_kept_for_this_tenant_alone(
        self, world: World, ours: Firm
    ) -> None:
        status, answer = await put(ours, prefix="> ", words=["a", "b"])
        assert (status, answer["data"]) == (200, START | {"prefix": "> ", "words": ["a", "b"]})
        assert await ours.data(API) == answer["data"]
        await world.theirs.on()
        assert (await world.theirs.data(API))["prefix"] == ""
        made = await ours.admin.post("/api/v1/kinds/notes", json={"text": "x"})
        assert made.json()["data"]["text"] == "> x"

    async def test_what_is_left_out_goes_back_to_its_default(self, ours: Firm) -> None:
        await put(ours, prefix="> ")
        assert (await put(ours, longest=5))[1]["data"] == START | {"longest": 5}

    @pytest.mark.parametrize(
        ("given", "faults"),
        [
            ({"longest": 0}, {("longest", "greater_than_equal")}),
            ({"longest": "many"}, {("longest", "int_parsing")}),
            ({"prefix": "x" * 21}, {("prefix", "string_too_long")}),
            ({"colour": "red"}, {("colour", "extra_forbidden")}),
            (
                {"longest": 0, "words": ["a", 1]},
                {("longest", "greater_than_equal"), ("words.1", "string_type")},
            ),
        ],
    )
    async def test_what_does_not_fit_is_refused_by_field(
        self, ours: Firm, given: dict[str, Any], faults: set[tuple[str, str]]
    ) -> None:
        status, answer = await put(ours, **given)
        assert (status, answer["error"]["code"]) == (422, "VALIDATION_FAILED")
        fields = answer["error"]["details"]["fields"]
        assert {(field["path"], field["code"]) for field in fields} == faults
        assert await ours.data(API) == START

    async def test_who_may(self, world: World, ours: Firm) -> None:
        assert (await ours.member.get(API)).status_code == 403
        assert (await ours.member.put(API, json={})).status_code == 403
        async with ours.company.client() as stranger:
            assert (await stranger.get(API)).status_code == 401

    @pytest.mark.parametrize(
        ("key", "code"),
        [
            ("nothing", "PLUGIN_NOT_FOUND"),
            ("admin", "PLUGIN_NOT_FOUND"),
            ("pal", "PLUGIN_HAS_NO_SETTINGS"),
            ("board", "NOT_FOUND"),
        ],
    )
    async def test_there_are_no_others(self, ours: Firm, key: str, code: str) -> None:
        answer = await ours.admin.get(f"/api/v1/admin/plugins/{key}/settings")
        assert (answer.status_code, answer.json()["error"]["code"]) == (404, code)

    async def test_the_audit_trail_says_what_changed(self, ours: Firm) -> None:
        await put(ours, longest=9)
        await put(ours, longest=9)
        look = "SELECT before, after FROM maru.audit WHERE action = 'plugin.settings_changed'"
        rows = await ours.sql(f"{look} AND target = 'plugin:kinds' ORDER BY created_at DESC, id")
        assert tuple(rows[0]) == ({"longest": 200}, {"longest": 9})
        assert [tuple(row) for row in rows].count(tuple(rows[0])) == 1


class TestForm:
    async def test_it_shows_what_is_set_in_the_readers_language(self, ours: Firm) -> None:
        await put(ours, prefix="> ", loud=False)
        html = (await ours.admin.get(PAGE)).text
        assert fields(html) == ["prefix", "longest", "loud", "words", "token"]
        assert 'value="&gt; "' in html
        assert "checked" not in html
        assert "머리말" in html, "the plugin's own catalogue says it"
        assert 'href="/admin/kinds"' in html

    async def test_it_is_stored(self, ours: Firm) -> None:
        sent = {"prefix": "# ", "longest": "12", "words": "하나\r\n둘\r\n"}
        answer = await ours.admin.post(PAGE, data=sent)
        assert (answer.status_code, answer.headers["location"]) == (303, PAGE)
        kept = {"prefix": "# ", "longest": 12, "loud": False, "words": ["하나", "둘"]}
        assert await ours.data(API) == START | kept

    async def test_what_the_form_cannot_show_stays(
        self, ours: Firm, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        await put(ours, words=["kept"])
        hidden = {"type": "array", "items": {"type": "object"}}
        schema = KindsSettings.model_json_schema()
        schema["properties"]["words"] |= hidden
        monkeypatch.setattr(KindsSettings, "model_json_schema", lambda: schema)
        await ours.admin.post(PAGE, data={"prefix": "", "longest": "12"})
        assert (await ours.data(API))["words"] == ["kept"]

    async def test_a_refused_one_comes_back_as_it_was_typed(self, ours: Firm) -> None:
        answer = await ours.admin.post(PAGE, data={"prefix": "typed", "longest": "0"})
        assert answer.status_code == 422
        assert 'value="typed"' in answer.text
        assert 'aria-invalid="true"' in answer.text
        assert "checked" not in answer.text, "an unticked box stays so"
        assert await ours.data(API) == START

    async def test_a_plugin_without_settings_says_so(self, ours: Firm) -> None:
        html = (await ours.admin.get("/admin/plugins/pal")).text
        assert fields(html) == []
        assert "설정이 없습니다" in html

    async def test_the_list_leads_there(self, ours: Firm) -> None:
        html = (await ours.admin.get("/admin/plugins")).text
        assert f'href="{PAGE}"' in html
        assert 'href="/admin/plugins/pal"' not in html


SECRET = "쉿-5f1c0de"


async def token(firm: Firm) -> str:
    """What the plugin reads."""
    async with firm.context() as ctx:
        return (await ctx.settings(KindsSettings)).token.get_secret_value()


class TestSecrets:
    async def test_the_plugin_alone_reads_it(self, ours: Firm) -> None:
        status, answer = await put(ours, token=SECRET)
        assert (status, answer["data"]) == (200, START | {"token": IS_SET})
        assert await ours.data(API) == answer["data"]
        assert await token(ours) == SECRET
        async with ours.context() as ctx:
            assert SECRET not in repr(await ctx.settings(KindsSettings))

    async def test_nothing_shows_it(self, ours: Firm) -> None:
        await put(ours, token=SECRET)
        await put(ours, token=SECRET + "2")
        assert SECRET not in (await ours.admin.get(PAGE)).text
        refused = await ours.admin.post(PAGE, data={"token": SECRET, "longest": "0"})
        assert (refused.status_code, SECRET in refused.text) == (422, False)
        stored = "SELECT content::text FROM maru.setting WHERE plugin = 'kinds'"
        assert SECRET not in (await ours.sql(stored))[0][0]
        lines = await ours.sql(
            "SELECT before, after FROM maru.audit WHERE action = 'plugin.settings_changed'"
            " ORDER BY created_at DESC LIMIT 1"
        )
        assert tuple(lines[0]) == ({"token": "***"}, {"token": "***"})

    @pytest.mark.parametrize("given", [{}, {"token": ""}, {"token": {"is_set": True}}])
    async def test_what_does_not_name_it_keeps_it(self, ours: Firm, given: dict[str, Any]) -> None:
        await put(ours, token=SECRET)
        assert (await put(ours, longest=5, **given))[1]["data"]["token"] == IS_SET
        assert await token(ours) == SECRET

    @pytest.mark.parametrize("given", [None, {"is_set": False}])
    async def test_it_can_be_forgotten(self, ours: Firm, given: object) -> None:
        await put(ours, token=SECRET)
        assert (await put(ours, token=given))[1]["data"]["token"] == NOT_SET
        assert await token(ours) == ""

    async def test_a_form_left_empty_keeps_it(self, ours: Firm) -> None:
        await put(ours, token=SECRET)
        html = (await ours.admin.get(PAGE)).text
        assert "비워 두면" in html
        await ours.admin.post(PAGE, data={"prefix": "", "longest": "12", "token": ""})
        assert await token(ours) == SECRET
        await ours.admin.post(PAGE, data={"prefix": "", "longest": "12", "token": "new"})
        assert await token(ours) == "new"
        ticked = {"prefix": "", "longest": "12", "token": "", "token.forget": "true"}
        await ours.admin.post(PAGE, data=ticked)
        assert await token(ours) == ""

    async def test_one_that_does_not_open_is_an_error_and_can_be_mended(self, ours: Firm) -> None:
        await put(ours, token=SECRET)
        database = ours.company.kit.house.database
        async with committing(database.unit(Scope(ours.id))) as unit:
            swap = (
                "UPDATE maru.setting SET content = jsonb_set(content, '{token,sealed}',"
                " to_jsonb(left(content#>>'{token,sealed}', -4) || 'AAAA'))"
                " WHERE plugin = 'kinds'"
            )
            await unit.db.execute(sa.text(swap))
            signals = ours.company.kit.house.signals
            await signals.send(unit, "setting", "kinds", ours.id)
        await signals.poll()
        with pytest.raises(SecretUnreadable):
            await token(ours)
        assert (await ours.data(API))["token"] == NOT_SET
        await put(ours, token="again")
        assert await token(ours) == "again"


class TestProcesses:
    async def test_a_change_holds_in_another_process_within_two_seconds(
        self, world: World, ours: Firm
    ) -> None:
        async with open_house(world.settings) as other:
            store = other.services.settings_store

            async def longest() -> int:
                return (await store.get(ours.id, "kinds", KindsSettings)).longest

            assert await longest() == 200
            await put(ours, longest=17)
            await eventually(longest, 17)

    async def test_a_switch_holds_in_another_process_and_all_report_it(
        self, world: World, ours: Firm
    ) -> None:
        async def current() -> dict[str, bool]:
            told = await ours.data("/api/v1/admin/processes")
            return {one["service"]: one["is_current"] for one in told}

        async with open_house(world.settings) as other:

            async def there() -> bool:
                return other.gate.on(ours.id, "kinds")

            async with other.services.arrivals.reporting("worker"):
                await ours.off()
                page = (await ours.admin.get("/admin/plugins")).text
                assert ('hx-get="/admin/processes"' in page) == ("아직 이전 상태" in page)
                await eventually(there, False)
                await eventually(current, {"web": True, "worker": True})
                await ours.on()
                await eventually(there, True)
                await eventually(current, {"web": True, "worker": True})
                for path in ("/admin/plugins", "/admin/processes"):
                    assert "2개가 모두" in (await ours.admin.get(path)).text
            assert await current() == {"web": True}


def fields(html: str) -> list[str]:
    """The names of the settings' inputs, in order."""
    return re.findall(r'id="setting-\w+" name="(\w+)"', html)
