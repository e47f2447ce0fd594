"""A demo company in which each page has something to show, and its people at their browsers."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

import pyotp
from playwright.async_api import FilePayload, Page, expect
from tests.e2e.demo import PASSWORD
from tests.e2e.survey.screens import PARAMETER, Screen
from tests.e2e.visitor import Look, Visitors, fill_sign_in, speak

TENANT: Final = "hanbit"
OTHER: Final = "saebom"
HALFWAY: Final = {"asked": "manager", "renewing": "member"}
ENTERED: Final = "maru-grid, table, #code, #new_password"
LIST: Final = "아이디,이름,부서,직위\n" + "".join(
    f"new{n},{name},인사팀,사원\n" for n, name in enumerate(("한가람", "이슬기", "박하늘"), 1)
)
ASKED: Final = """async ([method, path, body]) => {
    const token = document.querySelector("meta[name=csrf-token]").content
    const headers = {"x-csrf-token": token, "content-type": "application/json"}
    const answer = await fetch(path, {method, headers, body: body && JSON.stringify(body)})
    if (!answer.ok) throw new Error(`${method} ${path}: ${await answer.text()}`)
    return answer.status === 204 ? null : (await answer.json()).data
}"""
LINKS: Final = "all => all.map(e => e.getAttribute('href') ?? e.getAttribute('action'))"
PROVIDER: Final = {
    "key": "corp",
    "kind": "oidc",
    "name": "한빛 계정",
    "settings": {"issuer": "https://sso.hanbit.example", "client_id": "maru"},
    "secret": "a secret of the tests",
}
ROLE: Final = {
    "name": "사보 편집자",
    "description": "사보 게시판을 맡습니다.",
    "permissions": ["board:post:read", "board:post:write", "board:comment:write"],
}
POST: Final = {
    "title": "사내 도서관에 새 책이 들어왔습니다",
    "content": "이번 달에 신청하신 책 열두 권이 모두 들어왔습니다.\n"
    "3층 휴게실 옆 서가에 있으며, 한 사람이 두 권까지 두 주 동안 빌릴 수 있습니다.\n\n"
    "다음 달 신청은 25일까지 댓글로 남겨 주세요.",
}
DUE: Final = "2031-12-12T09:00:00Z"
COMMENTS: Final = [
    "빠르게 준비해 주셔서 고맙습니다. 『일의 언어』를 신청합니다.",
    "디자인 분야 책도 조금 더 있으면 좋겠습니다.",
]


async def ask(page: Page, method: str, path: str, body: object = None) -> Any:
    """Asks the API as the person of this page."""
    return await page.evaluate(ASKED, [method, path, body])


@dataclass
class Company:
    """The company; `known` is what stands in the braces of addresses."""

    visitors: Visitors
    known: dict[str, str] = field(default_factory=dict)
    _states: dict[str, Any] = field(default_factory=dict)

    @property
    def url(self) -> str:
        """The company's address."""
        return self.visitors.demo.url(TENANT)

    @property
    def _operators(self) -> str:
        return f"http://localhost:{self.visitors.demo.port}"

    def base(self, screen: Screen) -> str:
        """Where this page is."""
        if screen.who in HALFWAY:
            return self.visitors.demo.url(OTHER)
        return self._operators if screen.route.startswith("/operator") else self.url

    async def address(self, page: Page, screen: Screen) -> str:
        """The whole address of a screen; a page with links to it is opened where it needs one."""
        wanted = screen.address
        if not set(PARAMETER.findall(wanted)) <= set(self.known):
            await page.goto(self.base(screen) + screen.found_at)
            links = await page.locator("main [href], main [action]").evaluate_all(LINKS)
            found = screen.wanted(self.known)
            wanted = next(link for link in links if found.fullmatch(link))
        filled = PARAMETER.sub(lambda each: self.known[each[1]], wanted)
        return self.base(screen) + filled

    @asynccontextmanager
    async def tab(self, who: str, look: Look) -> AsyncIterator[Page]:
        """A tab of this person; `asked` and `renewing` stand half-way in the door."""
        if who and who not in self._states:
            self._states[who] = await self._enter(who)
        state = self._states.get(who)
        async with self.visitors.context(look, state=state) as context:
            for base in (self.url, self._operators):
                await speak(context, base, look.language)
            yield await context.new_page()

    async def _enter(self, who: str) -> Any:
        """The state of a browser of somebody who has come as far as this."""
        base = self.visitors.demo.url(OTHER if who in HALFWAY else TENANT)
        async with self.visitors.context() as context:
            page = await context.new_page()
            there = f"{self._operators}/operator" if who == "operator" else f"{base}/login"
            await page.goto(there)
            await fill_sign_in(page, HALFWAY.get(who, who), PASSWORD)
            await expect(page.locator(ENTERED).first).to_be_visible()
            return await context.storage_state()

    async def furnish(self) -> None:
        """Makes what the pages are to show."""
        async with self.visitors.tab("admin", TENANT) as page:
            await self._write(page)
            await self._organize(page)
            await self._list(page)
        async with self.visitors.tab("manager", OTHER) as page:
            await _app(page, self.visitors.demo.url(OTHER))
        async with self.visitors.tab("admin", OTHER) as page:
            (member,) = await ask(page, "GET", "/api/v1/users?q=member")
            away = f"/api/v1/admin/users/{member['id']}/require-new-password"
            await ask(page, "POST", away)

    async def _write(self, page: Page) -> None:
        boards = await ask(page, "GET", "/api/v1/board/boards")
        free = next(one for one in boards if one["name"] == "자유게시판")
        self.known["board_id"] = free["id"]
        made = await ask(page, "POST", "/api/v1/board/posts", {"board_id": free["id"], **POST})
        self.known["post_id"] = made["id"]
        for content in COMMENTS:
            there = f"/api/v1/board/posts/{made['id']}/comments"
            await ask(page, "POST", there, {"content": content})
        changed = POST | {"content": POST["content"].replace("25일", "27일")}
        await ask(page, "PUT", f"/api/v1/board/posts/{made['id']}", changed)
        self.known["version"] = "1"
        hushed = next(one for one in boards if one["is_anonymous"])
        posts = await ask(page, "GET", f"/api/v1/board/boards/{hushed['id']}/posts")
        self.known["sealed_id"] = posts[0]["id"]
        told = next(one for one in boards if one["kind"] == "notice")
        await self._require(page, told["id"])

    async def _require(self, page: Page, board: str) -> None:
        """Has a notice be read by everybody, of whom one has."""
        posts = await ask(page, "GET", f"/api/v1/board/boards/{board}/posts")
        notice = next(one for one in posts if one["is_notice"])
        self.known["notice_id"] = notice["id"]
        there = f"/api/v1/board/posts/{notice['id']}"
        await ask(page, "PUT", f"{there}/required", {"due_at": DUE, "everyone": True})
        await ask(page, "POST", f"{there}/confirm")

    async def _organize(self, page: Page) -> None:
        people = {
            who: (await ask(page, "GET", f"/api/v1/users?q={who}"))[0]["id"]
            for who in ("member", "manager")
        }
        group = {"name": "사내 동호회 운영진", "description": "동호회 게시판을 함께 관리합니다."}
        made = await ask(page, "POST", "/api/v1/admin/groups", group)
        for person in people.values():
            await ask(page, "PUT", f"/api/v1/admin/groups/{made['id']}/members/{person}")
        await ask(page, "POST", "/api/v1/admin/sign-in-providers", PROVIDER)
        role = await ask(page, "POST", "/api/v1/admin/roles", ROLE)
        self.known |= {"person": people["member"], "person_id": people["member"]}
        self.known |= {"user_id": people["member"], "group_id": made["id"]}
        self.known["role_id"] = role["id"]

    async def _list(self, page: Page) -> None:
        await page.goto(f"{self.url}/admin/people/import")
        file: FilePayload = {
            "name": "명단.csv",
            "mimeType": "text/csv",
            "buffer": LIST.encode("cp949"),
        }
        await page.locator("#file").set_input_files(files=[file])
        await page.get_by_role("button", name="바뀌는 내용 보기").click()
        await page.wait_for_url("**/admin/people/import/*")
        self.known["list_id"] = page.url.rsplit("/", 1)[1]


async def _app(page: Page, base: str) -> None:
    """Sets up an app with codes."""
    await page.goto(f"{base}/preferences/two-step")
    await page.locator("#app").get_by_role("button").click()
    secret = (await page.locator("code.key").inner_text()).replace(" ", "")
    await page.locator("#code").fill(pyotp.TOTP(secret).at(time.time()))
    await page.locator("#app").get_by_role("button").click()
    await expect(page.locator("#codes li")).to_have_count(10)
