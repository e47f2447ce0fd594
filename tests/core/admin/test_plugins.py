"""The admin's plugins: what the routes answer and the page shows."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from tests.core.plugins.working import call_in, tenant
from tests.core.web import samples
from tests.engines import Tenants
from tests.plugins.process import Process, process
from tests.plugins.shelf import SDK, Shelf
from tests.plugins.unfurnished import ACCOUNT, BOARD, POINTS, PORTAL

from maru.admin import pages, routes
from maru.admin.plugin import admin_plugin
from maru.plugins.registry import PluginHost
from maru.plugins.switchboard import PluginNeeded
from maru.settings import Settings
from maru.web.languages import Languages
from maru.web.renderer import Renderer
from maru.web.static import Assets
from maru_sdk.declarations import Handler


@pytest.fixture
async def running(settings: Settings, tenants: Tenants, shelf: Shelf) -> AsyncIterator[Process]:
    """A house with two plugins and a broken one."""
    shelf.add("pear")
    shelf.add("apple", needs=[SDK, "maru-pear"])
    shelf.add("faulty", "1 / 0")
    plugin = admin_plugin(ACCOUNT, POINTS, BOARD, PORTAL)
    host = PluginHost.load({"admin": plugin}, path=shelf.path)
    async with process(settings, host) as found:
        yield found


async def ask(of: Process, tenants: Tenants, handler: Handler, *args: str) -> Any:
    async with call_in(of, tenants.hanbit) as call:
        return await handler(call.ctx("admin"), *args)


async def states(of: Process, tenants: Tenants) -> dict[str, tuple[str, int]]:
    listed = await ask(of, tenants, routes.plugins.function)
    return {one.key: (one.state, one.generation) for one in listed}


async def test_the_list_has_every_plugin_and_leaves_core_out(
    running: Process, tenants: Tenants
) -> None:
    listed = await ask(running, tenants, routes.plugins.function)
    assert [one.key for one in listed] == ["apple", "faulty", "pear"]
    apple, faulty, pear = (one.model_dump() for one in listed)
    assert apple == {
        "key": "apple",
        "name": "apple/ko: Apple",
        "icon": "puzzle",
        "summary": "apple/ko: Written by a test",
        "distribution": "maru-apple",
        "version": "1.0",
        "state": "disabled",
        "reason": None,
        "needs": ["pear"],
        "needed_by": [],
        "generation": 0,
        "has_settings": False,
        "isolation": "trusted",
    }
    assert pear["needed_by"] == ["apple"]
    assert (faulty["state"], faulty["name"]) == ("set_aside", "maru-faulty")
    assert faulty["reason"].startswith("Importing maru_faulty failed: ZeroDivisionError")


async def test_enable_and_disable_answer_with_the_new_state(
    running: Process, tenants: Tenants
) -> None:
    for key in ("pear", "apple"):
        answer = await ask(running, tenants, routes.enable.function, key)
        assert (answer.state, answer.generation) == ("enabled", 1)
    again = await ask(running, tenants, routes.enable.function, "pear")
    assert (again.state, again.generation) == ("enabled", 1)
    with pytest.raises(PluginNeeded) as fault:
        await ask(running, tenants, routes.disable.function, "pear")
    assert (fault.value.status, fault.value.code) == (409, "PLUGIN_NEEDED")
    answer = await ask(running, tenants, routes.disable.function, "apple")
    assert (answer.state, answer.generation) == ("disabled", 2)
    assert await states(running, tenants) == {
        "apple": ("disabled", 2),
        "faulty": ("set_aside", 0),
        "pear": ("enabled", 1),
    }


async def test_the_forms_lead_back_with_a_message(running: Process, tenants: Tenants) -> None:
    on = await ask(running, tenants, pages.enable.function, "pear")
    assert (on.to, on.message) == ("/admin/plugins", "maru/ko: pear/ko: Pear is switched on")
    off = await ask(running, tenants, pages.disable.function, "pear")
    assert off.message == "maru/ko: pear/ko: Pear is switched off"
    assert not running.services.gate.on(tenant(tenants.hanbit), "pear")


async def test_the_page_shows_names_states_and_reasons(running: Process, tenants: Tenants) -> None:
    view = await ask(running, tenants, pages.plugins.function)
    renderer = Renderer({}, Assets(), Languages(), mark=samples.MARK)
    html = renderer.render(
        pages.plugins.template,
        {"plugins": view.plugins, "shell": samples.shell("플러그인")},
        locale="ko",
        csrf="t",
    )
    assert "Importing maru_faulty failed: ZeroDivisionError" in html
    assert 'action="/admin/plugins/pear/enable"' in html
    assert "/admin/plugins/faulty/enable" not in html
