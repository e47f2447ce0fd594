"""One person's browser: signs in by the form, reads, writes, hears of news while a page is open.

As a browser does it, a page's socket ends with the page, and a live part is fetched again at a
random moment within the time that the server gives, with the version that it has.
"""

import asyncio
import html
import re
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any
from urllib.parse import urlencode

import orjson
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

from bench.day.kept import Kept
from bench.day.morning import Morning, Step
from bench.day.wire import Answer, Wire
from bench.ground import PASSWORD
from bench.process import HOST

_SQUEEZED = 10  # so much quicker than a real morning
_LIVE = re.compile(
    r'data-type="([^"]+)"[^>]*?data-live="([^"]+)" data-version="([^"]*)"', re.DOTALL
)
_CSRF = re.compile(r'name="csrf-token" content="([^"]+)"')
_REALTIME = "/api/v1/realtime"
_COMMENTS_WITHIN = 2.0
# 204: the portlet is late, and the browser comes back.
_RIGHT = {"sign-in": (303,), "comment": (303,), "write": (303,), "fragment": (200, 204, 304)}
_ALSO_RIGHT = (200, 304)


@dataclass
class Part:
    """A live part of the page that is open."""

    url: str
    version: str = ""
    wanted: bool = False


@dataclass
class Company:
    """What everybody of one tenant may read and write; new posts come to the front."""

    slug: str
    boards: list[str]
    posts: list[str]
    sent: float = 0.0


@dataclass
class Visitor:
    """One person."""

    company: Company
    username: str
    port: int
    kept: Kept
    chance: Random
    start: float
    _cookies: dict[str, str] = field(default_factory=dict)
    _csrf: str = ""
    _page: asyncio.Task[None] | None = None
    _post: str = ""

    def __post_init__(self) -> None:
        self._wire = Wire(self.port)
        self._apart = Wire(self.port)
        self.host = f"{self.company.slug}.localhost:{self.port}"

    async def live(self, morning: Morning) -> None:
        """Their morning."""
        try:
            await asyncio.sleep(self.start + morning.comes - time.monotonic())
            await self._sign_in()
            for step in morning.steps:
                await asyncio.sleep(step.thinks)
                await self._leave()
                await self._do(step)
        except (OSError, EOFError, TimeoutError) as error:
            self.kept.broken(f"{self.username}: {error!r}")
        finally:
            await self._leave()
            self._wire.close()
            self._apart.close()

    async def _sign_in(self) -> None:
        form = await self._ask("form", "/login")
        self._csrf = _found(_CSRF, form.text)
        fields = {"username": self.username, "password": PASSWORD, "_csrf": self._csrf}
        await self._send("sign-in", "/login", fields)
        self._csrf = _found(_CSRF, (await self._portal()).text)

    async def _do(self, step: Step) -> None:
        boards, posts = self.company.boards, self.company.posts
        board = boards[int(step.pick * len(boards))]
        match step.kind:
            case "portal":
                await self._portal()
            case "boards":
                await self._ask("boards", "/board")
            case "board":
                await self._ask("board", f"/board/{board}")
            case "list":
                await self._ask("list", f"/api/v1/board/boards/{board}/posts")
            case "post":
                await self._read(posts[int(step.pick * len(posts))])
            case "comment":
                await self._comment(self._post or posts[int(step.pick * len(posts))])
            case "write":
                await self._write(board)

    async def _portal(self) -> Answer:
        page = await self._ask("portal", "/")
        parts = [
            (kind, Part(html.unescape(url), version))
            for kind, url, version in _LIVE.findall(page.text)
        ]
        self._page = asyncio.create_task(self._hear("portal", parts))
        return page

    async def _read(self, post: str) -> None:
        self._post = post
        await self._ask("post", f"/board/posts/{post}")
        comments = [("", Part(f"/board/posts/{post}/comments"))]
        self._page = asyncio.create_task(self._hear(f"board.post:{post}", comments))

    async def _comment(self, post: str) -> None:
        await self._send("comment", f"/board/posts/{post}/comments", {"content": "잘 읽었습니다."})
        await self._read(post)

    async def _write(self, board: str) -> None:
        await self._ask("new post", f"/board/posts/new?board={board}")
        title = f"{self.username}의 오늘 소식 {self.chance.randrange(1_000)}"
        text = "오전 회의에서 정한 일을 나눕니다.\n\n의견은 댓글로 남겨 주세요."
        self.company.sent = time.monotonic()
        said = await self._send(
            "write", f"/board/posts?board={board}", {"title": title, "content": text}
        )
        if said.status == 303:
            post = said.heads["location"].partition("?")[0].rpartition("/")[2]
            self.company.posts.insert(0, post)
            await self._read(post)

    async def _ask(self, kind: str, path: str, **more: str) -> Answer:
        return await self._timed(self._wire, kind, "GET", path, more)

    async def _send(self, kind: str, path: str, fields: Mapping[str, str]) -> Answer:
        heads = {
            "Content-Type": "application/x-www-form-urlencoded",
            "Origin": f"http://{self.host}",
            "Sec-Fetch-Site": "same-origin",
        }
        body = urlencode({**fields, "_csrf": self._csrf}).encode()
        return await self._timed(self._wire, kind, "POST", path, heads, body)

    async def _timed(
        self,
        wire: Wire,
        kind: str,
        method: str,
        path: str,
        more: Mapping[str, str],
        body: bytes = b"",
    ) -> Answer:
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        heads = {"Host": self.host, "Accept-Encoding": "gzip", "Accept-Language": "ko", **more}
        if cookie:
            heads["Cookie"] = cookie
        answer = await wire.ask(method, path, heads, body)
        right = _RIGHT.get(kind, _ALSO_RIGHT)
        self.kept.asked(kind, method, answer.seconds, answer.status)
        if answer.status not in right:
            said = answer.text[:200] if answer.body else ""
            self.kept.broken(f"{kind}: {method} {path}: {answer.status} {said}")
        self._cookies.update(answer.cookies)
        return answer

    async def _leave(self) -> None:
        if self._page is not None:
            self._page.cancel()
            with suppress(asyncio.CancelledError):
                await self._page
            self._page = None

    async def _hear(self, room: str, parts: list[tuple[str, Part]]) -> None:
        """The open page until it is left."""
        cookie = "; ".join(f"{name}={value}" for name, value in self._cookies.items())
        try:
            async with connect(
                f"ws://{self.host}{_REALTIME}",
                host=HOST,
                port=self.port,
                origin=f"http://{self.host}",  # type: ignore[arg-type]
                additional_headers={"Cookie": cookie},
                compression=None,
                ping_interval=None,
                proxy=None,
                close_timeout=1,
            ) as socket:
                await self._listen(socket, room, parts)
        except (OSError, TimeoutError, WebSocketException) as error:
            self.kept.lost(f"{room.partition(':')[0]}: {error!r}")

    async def _listen(
        self, socket: ClientConnection, room: str, parts: list[tuple[str, Part]]
    ) -> None:
        await socket.send(orjson.dumps({"op": "subscribe", "room": room}).decode())
        async with asyncio.TaskGroup() as fetching:
            while True:
                try:
                    frame = orjson.loads(await socket.recv())
                except WebSocketException as error:
                    self.kept.lost(f"{room.partition(':')[0]}: {error!r}")
                    return
                for part, within in self._meant(frame, parts):
                    part.wanted = True
                    fetching.create_task(self._renew(part, within))

    def _meant(
        self, frame: Mapping[str, Any], parts: list[tuple[str, Part]]
    ) -> Iterator[tuple[Part, float]]:
        """The parts that a message makes old, and over which time to spread."""
        event, data = frame["event"], frame["data"]
        self.kept.frames += 1
        if event == "error":
            self.kept.lost(f"{frame['room']}: {data}")
        if event == "portlet":
            self.kept.told.append(time.monotonic() - self.company.sent)
        for kind, part in parts:
            within = _within(event, data, kind)
            if within and not part.wanted:
                yield part, within

    async def _renew(self, part: Part, within: float) -> None:
        await asyncio.sleep(self.chance.random() * within / _SQUEEZED)
        part.wanted = False
        more = {"HX-Request": "true", "Accept": "text/html"}
        if part.version:
            more["If-None-Match"] = f'W/"{part.version}"'
        kind = "comments" if part.url.startswith("/board/") else "fragment"
        try:
            answer = await self._timed(self._apart, kind, "GET", part.url, more)
        except (OSError, EOFError, TimeoutError) as error:
            self.kept.broken(f"{kind}: {error!r}")
            return
        if etag := answer.heads.get("etag", ""):
            part.version = etag.partition('"')[2].rstrip('"')


def _within(event: str, data: Mapping[str, object], kind: str) -> float:
    """Over which time a page spreads its asking for this part; 0 where it isn't meant."""
    if event == "portlet" and data["type"] == kind:
        return float(str(data["within"]))
    if event in ("commented", "removed") and not kind:
        return _COMMENTS_WITHIN
    return 10.0 if event == "subscribed" and kind else 0.0


def _found(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""
