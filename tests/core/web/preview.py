"""A little portal of sample data: what browser tests drive, and what one looks at while designing.

`python -m tests.core.web.preview [port]` serves it, `tests.core.web.shoot` takes pictures of it.
"""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import suppress
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect
from tests.core.web import samples

from maru.api.headers import SECURITY
from maru.web.shell import PageShell, theme_of
from maru.web.static import Assets, StaticApp

Message = MutableMapping[str, Any]


class Preview:
    """The pages, with a layout in memory and a list of everything that was sent."""

    def __init__(self) -> None:
        self.renderer = samples.make_renderer()
        self.layout: dict[str, Any] = {"version": "1", "portlets": self._stored()}
        self.saved: list[dict[str, Any]] = []
        self.csrf_seen: list[str | None] = []
        self.refuse_saves = False
        self.posts = ["첫 글"]
        self.comments = ["하나", "둘"]
        self.job: dict[str, Any] = {"state": "running", "progress": {"done": 20, "total": 80}}
        self.fetched: list[tuple[str, str | None]] = []
        self.signed_in = True

    def _stored(self) -> list[dict[str, Any]]:
        frames = samples.portlets(self.renderer, "ko")
        return [
            {"id": f.id, "portlet_type": f.type, "x": f.x, "y": f.y, "w": f.w, "h": f.h}
            | {"is_visible": True, "is_locked": f.is_locked, "config": {}}
            for f in frames
        ]

    def page(
        self, request: Request, template: str, title: str, answer: int = 200, **context: Any
    ) -> Response:
        locale = self._locale(request)
        theme = theme_of(request.query_params.get("theme") or request.cookies.get("maru-theme"))
        given = context.pop("shell", {})
        shell = samples.shell(title, locale=locale, theme=theme, path=request.url.path, **given)
        return self.html({"shell": shell, **context}, template, shell, answer)

    def html(
        self, context: dict[str, Any], template: str, shell: PageShell, status: int
    ) -> Response:
        html = self.renderer.render(template, context, locale=shell.locale, csrf=shell.csrf)
        return HTMLResponse(html, status)

    def _locale(self, request: Request) -> str:
        return request.query_params.get("lang") or request.cookies.get("maru-locale", "ko")

    async def portal(self, request: Request) -> Response:
        locale = self._locale(request)
        known = {one["id"]: one for one in self.layout["portlets"]}
        frames = [
            f
            if f.id not in known
            else type(f)(
                **{n: getattr(f, n) for n in f.__slots__} | {n: known[f.id][n] for n in "xywh"}
            )
            for f in samples.portlets(self.renderer, locale)
            if known.get(f.id, {}).get("is_visible")
        ]
        version = self.layout["version"]
        return self.page(
            request,
            "maru/portal.html",
            "포털" if locale == "ko" else "Portal",
            portlets=frames,
            gallery=samples.GALLERY,
            version=version,
            tabs=(),
            page="",
            safe=False,
            news=0,
            damaged=[],
        )

    async def layout_api(self, request: Request) -> Response:
        if request.method == "PUT":
            self.csrf_seen.append(request.headers.get("x-csrf-token"))
            if self.refuse_saves:
                error = {"code": "LAYOUT_CHANGED", "message": "changed"}
                return JSONResponse({"success": False, "error": error}, 409)
            body = await request.json()
            self.saved.append(body)
            for index, one in enumerate(body["portlets"]):
                one.setdefault("id", f"n{index}")
            self.layout = {**body, "version": str(int(body["version"]) + 1)}
        return JSONResponse({"success": True, "data": self.layout, "message": ""})

    async def offered(self, request: Request) -> Response:
        """What a portlet of the gallery would show."""
        kind = (await request.json())["portlet_type"]
        frames = samples.portlets(self.renderer, "ko")
        html = next((one.html for one in frames if one.type == kind), "")
        found = {"config": {}, "errors": {}, "fault": "", "state": "ok", "html": html}
        return JSONResponse({"success": True, "data": found, "message": ""})

    async def portlet(self, request: Request) -> Response:
        if request.path_params["id"] == "p6":
            return JSONResponse(
                {
                    "success": False,
                    "error": {"code": "UNAVAILABLE", "message": "아직도 응답이 없습니다."},
                },
                503,
            )
        frame = samples.portlets(self.renderer, "ko")[1]
        html = self.renderer.render("maru/portlet.html", {"portlet": frame}, locale="ko", csrf="t")
        return HTMLResponse(html)

    async def login(self, request: Request) -> Response:
        refused = request.method == "POST"
        error = "사용자 이름이나 비밀번호가 맞지 않습니다." if refused else ""
        return self.page(
            request,
            "maru/login.html",
            "로그인",
            shell={"user": None},
            error=error,
            username="member" if refused else "",
        )

    async def kit(self, request: Request) -> Response:
        rows = [
            {**post, "author": "김하늘", "views": 1234 * i, "url": "#"}
            for i, post in enumerate(samples.posts())
        ]
        values = {"name": "자유게시판", "about": "무엇이든 이야기해요.", "page_size": 500}
        errors = {"page_size": "100 이하로 적어 주세요."}
        return self.page(
            request,
            "sample/kit.html",
            "게시판",
            rows=rows,
            model=samples.BoardForm,
            values=values,
            errors=errors,
        )

    async def act(self, request: Request) -> Response:
        form = await request.form()
        self.csrf_seen.append(request.headers.get("x-csrf-token") or str(form.get("_csrf")))
        if request.headers.get("hx-request"):
            return HTMLResponse('<span id="likes">4</span>')
        return RedirectResponse("/kit", 303)

    async def live(self, request: Request) -> Response:
        if request.url.path.endswith("broken"):
            return HTMLResponse("<!doctype html><title>502</title>Bad gateway", 502)
        return HTMLResponse("<p>살아 있는 조각</p>")

    async def going_live(self, request: Request) -> Response:
        """A page with a live portlet, a live region and a job."""
        portlet = samples.live_portlet(self.posts, self._version)
        comments = self.comments
        return self.page(
            request, "sample/live.html", "실시간", portlet=portlet, comments=comments, job="j1"
        )

    @property
    def _version(self) -> str:
        return f"v{len(self.posts)}"

    async def part(self, request: Request) -> Response:
        """One of its parts alone."""
        known = request.headers.get("if-none-match")
        self.fetched.append((request.path_params["what"], known))
        if not self.signed_in:
            return JSONResponse({"success": False, "error": {"code": "UNAUTHENTICATED"}}, 401)
        if request.path_params["what"] == "comments":
            given = {"comments": self.comments}
            return HTMLResponse(
                self.renderer.render("sample/comments.html", given, locale="ko", csrf="t")
            )
        etag = {"ETag": f'W/"{self._version}"'}
        if known == etag["ETag"]:
            return Response(status_code=304, headers=etag)
        html = samples.live_portlet(self.posts, self._version).html
        return HTMLResponse(html, headers=etag)

    async def api(self, request: Request) -> Response:
        """A job, and whether the session holds."""
        if not self.signed_in:
            return JSONResponse({"success": False, "error": {"code": "UNAUTHENTICATED"}}, 401)
        return JSONResponse({"success": True, "data": self.job, "message": ""})

    async def preferences(self, request: Request) -> Response:
        form = await request.form()
        answer = RedirectResponse("/", 303)
        answer.set_cookie("maru-locale", str(form.get("locale", "ko")))
        return answer

    async def chooser(self, request: Request) -> Response:
        return self.page(
            request,
            "maru/chooser.html",
            "",
            shell={"user": None, "tenant": None},
            tenants=samples.TENANTS,
        )

    async def plugins(self, request: Request) -> Response:
        return self.page(request, "maru/admin/plugins.html", "플러그인", plugins=samples.PLUGINS)

    async def docs(self, request: Request) -> Response:
        return self.page(request, "maru/docs.html", "API")

    async def openapi(self, request: Request) -> Response:
        return JSONResponse(samples.OPENAPI)

    async def no_popups(self, request: Request) -> Response:
        return Response(status_code=204)

    async def error(self, request: Request) -> Response:
        status = int(request.path_params["status"])
        given = {"trace": "01JD3V6K7QZ8"} | (
            {"user": None} if "out" in request.query_params else {}
        )
        return self.page(
            request, "maru/error.html", str(status), status, shell=given, status=status
        )

    def routes(self) -> list[Route | WebSocketRoute | Mount]:
        both = ["GET", "POST"]
        return [
            Mount("/static", StaticApp(Assets())),
            Route("/", self.portal),
            Route("/api/v1/portal/layout", self.layout_api, methods=["GET", "PUT"]),
            Route("/api/v1/portal/preview", self.offered, methods=["POST"]),
            Route("/portal/portlets/{id}", self.portlet),
            Route("/portal/popups", self.no_popups),
            Route("/login", self.login, methods=both),
            Route("/kit", self.kit, methods=["GET"]),
            Route("/kit/live", self.live),
            Route("/kit/broken", self.live),
            Route("/kit/{what}", self.act, methods=["POST"]),
            Route("/kit", self.act, methods=["POST"]),
            Route("/live", self.going_live),
            Route("/live/{what}", self.part),
            WebSocketRoute("/api/v1/realtime", silence),
            Route("/api/v1/jobs/{id}", self.api),
            Route("/api/v1/users/me", self.api),
            Route("/preferences", self.preferences, methods=["POST"]),
            Route("/chooser", self.chooser),
            Route("/admin/plugins", self.plugins),
            Route("/docs", self.docs),
            Route("/openapi.json", self.openapi),
            Route("/error/{status}", self.error),
        ]


async def silence(line: WebSocket) -> None:
    """A connection over which nothing happens."""
    await line.accept()
    with suppress(WebSocketDisconnect):
        while True:
            await line.receive_text()


class Policy:
    """Puts the strict policy on every answer, as the portal's edge does."""

    def __init__(self, app: Callable[..., Awaitable[None]]) -> None:
        self.app = app

    async def __call__(self, scope: Message, receive: Any, send: Any) -> None:
        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message.get("headers", []), *SECURITY]
            await send(message)

        await self.app(scope, receive, guarded)


def make_app(preview: Preview) -> Starlette:
    """The preview as an application."""
    app = Starlette(routes=preview.routes())
    app.add_middleware(Policy)
    return app


if __name__ == "__main__":
    import sys

    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8765
    asyncio.run(
        uvicorn.Server(uvicorn.Config(make_app(Preview()), port=port, log_level="warning")).serve()
    )
