"""Live parts in a real browser, with the far end of the socket played by the test: when they are
fetched, what becomes of who is at work in them, and what is said when nothing comes any more."""

import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, WebSocketRoute, expect
from tests.core.web.conftest import Faults, Site
from tests.core.web.test_pages_in_browser import AXE, TOO_WIDE, violations

pytestmark = pytest.mark.browser

HIDE = """hidden => {
  Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""

GLIDED = """() => Promise.all(document.getAnimations()
  .filter(one => one.effect.getTiming().iterations !== Infinity)
  .map(one => one.finished.catch(() => 0))).then(() => 1)"""
"""Colours change in a glide, in the middle of which they are neither's."""


class Server:
    """The far end: what it was asked, and what it says."""

    def __init__(self, page: Page) -> None:
        self.asked: list[dict[str, Any]] = []
        self.lines: list[WebSocketRoute] = []
        self.refuses = False
        self._versions = 0
        self._page = page
        page.route_web_socket("**/api/v1/realtime", self._opened)

    def _opened(self, line: WebSocketRoute) -> None:
        self.lines.append(line)
        if self.refuses:
            line.close(code=1011)
            return
        line.on_message(lambda text: self.asked.append(json.loads(text)))

    def rooms(self) -> set[str]:
        return {one["room"] for one in self.asked if one["op"] in {"subscribe", "resume"}}

    def wait(self) -> None:
        """Until the page has entered its rooms."""
        rooms = {"portal", "board.post:1", "job:j1"}
        while not rooms <= self.rooms():
            self._page.wait_for_timeout(20)

    def say(self, room: str, event: str, data: dict[str, Any], id_: str = "7~1:2:") -> None:
        frame = {"room": room, "id": id_, "event": event, "data": data}
        self.lines[-1].send(json.dumps(frame))

    def post(self, site: Site, title: str, within: float = 0.2) -> None:
        """Somebody writes a post."""
        site.preview.posts.insert(0, title)
        self._versions += 1
        data = {"type": "board.recent_posts", "version": f"{self._versions:04}", "within": within}
        self.say("portal", "portlet", {**data, "of": 1})

    def comment(self, site: Site, text: str) -> None:
        """Somebody writes a comment."""
        site.preview.comments.append(text)
        self.say("board.post:1", "comment", {"comment_id": text})


@pytest.fixture
def server(page: Page, site: Site) -> Server:
    """The page has been opened, has entered its rooms and has caught up."""
    made = Server(page)
    page.goto(f"{site.url}/live")
    made.wait()
    return made


def portlet(page: Page) -> Locator:
    return page.locator(".portlet .body")


def fetched(site: Site, what: str) -> int:
    return sum(one == what for one, _ in site.preview.fetched)


class TestParts:
    def test_a_notice_fetches_the_portlet_once_by_its_version(
        self, page: Page, site: Site, server: Server
    ) -> None:
        server.post(site, "둘째 글")
        server.post(site, "셋째 글")
        expect(portlet(page)).to_contain_text("셋째 글")
        assert [known for what, known in site.preview.fetched if what == "posts"] == ['W/"v1"']

    def test_an_old_notice_again_is_none(self, page: Page, site: Site, server: Server) -> None:
        server.post(site, "둘째 글")
        expect(portlet(page)).to_contain_text("둘째 글")
        seen = fetched(site, "posts")
        old = {"type": "board.recent_posts", "version": "0000", "within": 0}
        server.say("portal", "portlet", old)
        server.say("portal", "portlet", {**old, "type": "board.notices", "version": "9"})
        page.wait_for_timeout(1000)
        assert fetched(site, "posts") == seen

    def test_a_hidden_tab_waits_until_it_is_seen(
        self, page: Page, site: Site, server: Server
    ) -> None:
        page.evaluate(HIDE, True)
        for title in ("둘째 글", "셋째 글"):
            server.post(site, title, within=0)
        page.wait_for_timeout(1200)
        assert fetched(site, "posts") == 0
        page.evaluate(HIDE, False)
        expect(portlet(page)).to_contain_text("셋째 글")
        assert fetched(site, "posts") == 1

    def test_a_region_shows_what_is_new_and_says_so(
        self, page: Page, site: Site, server: Server
    ) -> None:
        server.comment(site, "셋")
        expect(page.locator("#comment-3")).to_contain_text("셋")
        expect(page.get_by_role("status").filter(has_text="댓글이 바뀌었습니다.")).to_have_count(1)

    def test_who_types_is_not_disturbed(self, page: Page, site: Site, server: Server) -> None:
        page.get_by_text("답하기 둘").click()
        page.get_by_label("답 둘").fill("쓰는 중")
        server.comment(site, "셋")
        news = page.get_by_role("button", name="새 내용 보기")
        expect(news).to_be_visible()
        assert violations(page) == [] if AXE.is_file() else True
        expect(page.locator("#comment-3")).to_have_count(0)
        expect(page.get_by_label("답 둘")).to_be_focused()
        page.get_by_label("답 둘").fill("")
        page.locator("h2").first.click()
        expect(page.locator("#comment-3")).to_be_visible()
        expect(news).to_have_count(0)
        expect(page.locator("#comment-2 details")).to_have_attribute("open", "")

    def test_focus_stays_on_what_it_was_on(self, page: Page, site: Site, server: Server) -> None:
        page.get_by_role("link", name="첫 글").focus()
        server.post(site, "새치기한 글")
        expect(portlet(page)).to_contain_text("새치기한 글")
        expect(page.get_by_role("link", name="첫 글")).to_be_focused()


class TestLine:
    def test_comes_back_where_it_was(self, page: Page, site: Site, server: Server) -> None:
        server.post(site, "둘째 글")
        expect(portlet(page)).to_contain_text("둘째 글")
        server.say("", "reconnect", {"after": 0.1}, id_="")
        while len(server.lines) < 2:
            page.wait_for_timeout(20)
        while not [one for one in server.asked if one["op"] == "resume"]:
            page.wait_for_timeout(20)
        resumed = [one for one in server.asked if one["op"] == "resume"]
        assert resumed == [{"op": "resume", "room": "portal", "since": "7~1:2:"}]

    def test_what_cannot_be_replayed_is_fetched(
        self, page: Page, site: Site, server: Server
    ) -> None:
        site.preview.posts.insert(0, "verpasst")
        server.say("portal", "reset", {}, id_="9~1:2:")
        expect(portlet(page)).to_contain_text("verpasst", timeout=15_000)

    def test_the_end_of_the_session_is_said_and_is_the_end(
        self, page: Page, site: Site, server: Server, faults: Faults
    ) -> None:
        site.preview.signed_in = False
        server.lines[-1].close(code=4401)
        ended = page.get_by_role("alert").filter(has_text="로그인이 끝났습니다")
        expect(ended).to_be_visible()
        assert violations(page) == [] if AXE.is_file() else True
        expect(ended.get_by_role("link", name="로그인")).to_have_attribute(
            "href", "/login?next=%2Flive"
        )
        page.wait_for_timeout(1500)
        assert len(server.lines) == 1

    def test_a_long_silence_is_marked_until_it_ends(self, page: Page, site: Site) -> None:
        page.clock.install()
        server = Server(page)
        page.goto(f"{site.url}/live")
        page.clock.run_for(1000)
        server.refuses = True
        server.lines[-1].close(code=1011)
        page.clock.run_for(30_000)
        expect(page.locator(".live-lost")).to_have_count(0)
        page.clock.run_for(60_000)
        expect(page.locator(".portlet header .live-lost")).to_be_visible()
        expect(page.locator(".live-lost")).to_have_count(2)
        for width in (360, 1280):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate(TOO_WIDE) == 0, width
        server.refuses = False
        page.clock.run_for(120_000)
        expect(page.locator(".live-lost")).to_have_count(0)


class TestJob:
    def test_progress_is_told(self, page: Page, site: Site, server: Server) -> None:
        bar = page.get_by_role("progressbar", name="보고서 만들기")
        server.say("job:j1", "progress", {"done": 60, "total": 80, "note": "3분기 자료"})
        expect(bar).to_have_js_property("value", 60)
        expect(page.locator("maru-job")).to_contain_text("60 / 80")
        expect(page.locator("maru-job")).to_contain_text("3분기 자료")
        server.say("job:j1", "state", {"state": "done"})
        expect(page.locator("maru-job")).to_contain_text("완료")
        expect(bar).to_have_js_property("value", 80)

    def test_progress_is_asked_for_where_nobody_tells(self, page: Page, site: Site) -> None:
        server = Server(page)
        server.refuses = True
        page.goto(f"{site.url}/live")
        site.preview.job = {"state": "running", "progress": {"done": 70, "total": 80}}
        expect(page.locator("maru-job")).to_contain_text("70 / 80")
        site.preview.job = {"state": "dead", "progress": {"done": 70, "total": 80}}
        expect(page.locator("maru-job")).to_contain_text("실패")

    def test_without_script_it_is_text_and_a_link(self, chromium: Any, site: Site) -> None:
        context = chromium.new_context(java_script_enabled=False)
        page = context.new_page()
        page.goto(f"{site.url}/live")
        expect(page.locator("maru-job")).to_contain_text("20 / 80")
        expect(page.get_by_role("link", name="다시 확인")).to_have_attribute("href", "/live")
        context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_is_accessible_and_fits_any_window(
    page: Page, site: Site, server: Server, theme: str
) -> None:
    if not AXE.is_file():
        pytest.skip("npm ci has not been run in core/web")
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    page.evaluate(GLIDED)
    assert violations(page) == []
    for width in (320, 360, 390, 1280):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate(TOO_WIDE) == 0, width
