"""Pages and forms: a handler's model becomes HTML, a form's fields become a model."""

from collections.abc import Callable, Iterable
from math import ceil
from typing import Any, Final, Protocol
from urllib.parse import quote

from fastapi.exceptions import RequestValidationError
from markupsafe import Markup, escape

from maru.api.envelope import failure_body
from maru.api.errors import AddressRefused, Failure
from maru.api.exchange import HTML, Answer, Exchange, Header
from maru.api.foreign import ForeignEndpoint
from maru.api.guard import Guard
from maru.api.surfaces import Target
from maru.api.work import Begin, Call, in_unit
from maru.identity.cookies import CookieRedirect, Outward
from maru.identity.places import local
from maru.tenancy.errors import TenantSuspended
from maru.web.drawn import Composed, DrawnPages, Fragment, Unchanging
from maru.web.foreign import cleaned
from maru.web.frame import Frame, variables
from maru.web.rounds import Step, once_more, shown_again, tidied
from maru.web.shell import PageShell, TenantChoice
from maru.web.submitted import (
    CSRF_FIELD,
    Files,
    Form,
    FormRefused,
    Pairs,
    bind,
    errors_of,
    files_of,
    read_form,
    typed,
)
from maru_sdk import (
    Conflict,
    InvalidInput,
    NotFound,
    PermissionDenied,
    RateLimited,
    Redirect,
    Tenant,
)
from maru_sdk.declarations import PageDeclaration

_SIGN_IN: Final = "/login"
_START: Final = "/portal/start"
_NOTHING: Final = Form()
_WAIT: Final = "That was tried too often from here; please try again in {minutes} min"
# The error page has better words of its own for these.
_PLAIN: Final = frozenset({error.message for error in (NotFound, PermissionDenied, Conflict)})
# What is refused before there is anything that could be called, and has words of its own.
_BEFORE: Final = frozenset({AddressRefused.code, TenantSuspended.code})


class Render(Protocol):
    """Turns a template into HTML (`maru.web.renderer.Renderer.render`)."""

    def __call__(
        self,
        template: str,
        context: dict[str, object],
        *,
        locale: str,
        zone: str = "Asia/Seoul",
        csrf: str | None = None,
    ) -> str: ...


class Pages:
    """Answers with HTML."""

    def __init__(
        self,
        render: Render,
        frame: Frame,
        guard: Guard,
        begin: Begin,
        targets: Iterable[Target],
        *,
        tenants: Callable[[], Iterable[Tenant]],
        base_domain: str,
        demo: bool,
        mark: str,
        sign_in: str = _SIGN_IN,
    ) -> None:
        """`mark` is what stands for the token in what the renderer draws."""
        self._render, self._frame, self._guard, self._begin = render, frame, guard, begin
        self._pages = {target.declaration: target for target in targets if target.kind == "page"}
        self._tenants, self._base, self._demo = tenants, base_domain, demo
        self._drawn, self._mark, self._sign_in = DrawnPages(mark), mark, sign_in

    async def page(self, exchange: Exchange, target: Target) -> Answer:
        """The page of a GET."""
        self._frame.speak(exchange)
        if self._frame.begins_elsewhere(exchange):
            return self._redirect(exchange, Redirect(to=_START))

        async def act(call: Call) -> Answer:
            return await self._shown(exchange, target, call.ctx(target.key))

        return await in_unit(self._begin, exchange, act)

    async def action(self, exchange: Exchange, target: Target, body: bytes) -> Answer:
        """What a form's target answers: a redirect, or the form once more."""
        self._frame.speak(exchange)
        asked = getattr(target.endpoint, "asked", None)
        files = files_of(None if asked is None else asked.form)
        sent = read_form(exchange.heads.get(b"content-type", b""), body, files)
        self._guard.prove(exchange, _token(exchange, sent))
        pairs, step = tidied(sent)
        again = self._pages.get(target.declaration.again)
        if step is not None and again is not None and not exchange.htmx:
            return await self._again(exchange, again, shown_again(pairs), pairs, step)

        async def act(call: Call) -> Answer:
            return await self._done(exchange, target, call.ctx(target.key), pairs, files)

        try:
            return await in_unit(self._begin, exchange, act)
        except (InvalidInput, Conflict, RateLimited) as error:
            if again is None or exchange.htmx:
                raise
            said = self._frame.words(exchange, error.text, **error.details)
            return await self._once_more(exchange, again, error, pairs, said)

    async def too_often(
        self, exchange: Exchange, target: Target, body: bytes, refused: RateLimited
    ) -> Answer | None:
        """The form of somebody who is over a limit, with what they typed and when to come again;
        None where the page has no such form."""
        again = self._pages.get(target.declaration.again)
        asked = getattr(target.endpoint, "asked", None)
        if again is None or files_of(None if asked is None else asked.form) is not None:
            return None
        self._frame.speak(exchange)
        sent = read_form(exchange.heads.get(b"content-type", b""), body, None)
        self._guard.prove(exchange, _token(exchange, sent))
        pairs, _ = tidied(sent)
        said = self._frame.words(exchange, _WAIT, minutes=ceil(round(refused.after) / 60) or 1)
        return await self._once_more(exchange, again, refused, pairs, said)

    def docs(self, exchange: Exchange) -> bytes:
        """The page that shows the API's description."""
        self._frame.speak(exchange)
        return self._html(exchange, "maru/docs.html", self._frame.shell(exchange, "API"))

    async def nobody(self, exchange: Exchange) -> Answer:
        """What a host without tenant shows: the demo's choice of tenants, else next to nothing."""
        self._frame.speak(exchange)
        shell = self._frame.shell(exchange)
        if self._demo and exchange.safe:
            choices = [self._choice(exchange, tenant) for tenant in self._tenants()]
            html = self._html(exchange, "maru/chooser.html", shell, tenants=choices)
            return Answer(200, html, HTML)
        status = 200 if exchange.path == "/" and exchange.safe else 404
        return Answer(status, self._html(exchange, "maru/neutral.html", shell), HTML)

    def speak(self, exchange: Exchange) -> None:
        """Sets the language that this browser has chosen, where it has."""
        self._frame.speak(exchange)

    def refusal(self, exchange: Exchange, failure: Failure) -> Answer:
        """A failure as a page; to our script, which tells people itself, as the API's envelope."""
        headers = list(failure.headers)
        if exchange.htmx:
            return Answer(failure.status, failure_body(failure), headers=headers)
        reached = exchange.target is not None or failure.code in _BEFORE
        told = failure.status < 500 and reached and failure.text not in _PLAIN
        html = self._html(
            exchange,
            "maru/error.html",
            self._frame.shell(exchange),
            status=failure.status,
            code=failure.code,
            detail=failure.text if told else "",
            note=failure.details.get("note", ""),
        )
        return Answer(failure.status, html, HTML, headers)

    def to_sign_in(self, exchange: Exchange) -> Answer:
        """Leads to the sign-in form, and back here afterwards."""
        there = exchange.here
        door = self._sign_in
        to = door if there == "/" else f"{door}?next={quote(there, safe='/')}"
        return Answer(303, headers=[(b"location", to.encode("latin-1"))])

    async def _shown(
        self, exchange: Exchange, target: Target, ctx: Any, form: Form = _NOTHING
    ) -> Answer:
        if isinstance(target.endpoint, ForeignEndpoint):
            return await self._foreign(exchange, target.endpoint, target, ctx, form)
        try:
            value, background = await target.endpoint.value(exchange, ctx)
        except RequestValidationError as error:
            if any(fault["loc"][0] == "path" for fault in error.errors()):
                raise NotFound from None
            raise
        if isinstance(value, Answer):
            return value
        if isinstance(value, Redirect):
            return self._redirect(exchange, value)
        if isinstance(value, Fragment):
            return self._fragment(exchange, value)
        declared: PageDeclaration = target.declaration
        shell = self._frame.shell(exchange, declared.title)
        seen = value.view if isinstance(value, Composed) else value
        given = {**variables(seen), "ctx": ctx, "form": form}

        def draw(shell: PageShell) -> bytes:
            return self._html(exchange, declared.template, shell, **given)

        if isinstance(value, Unchanging) and not form:
            html = self._drawn.page(value, exchange.locale, shell, draw)
        else:
            html = draw(shell)
        return Answer(_status(form), html, HTML, background=background)

    def _fragment(self, exchange: Exchange, fragment: Fragment) -> Answer:
        if not fragment.version:
            return Answer(204, headers=[(b"retry-after", b"1")])
        html = fragment.html
        if self._mark in html:
            html = html.replace(self._mark, str(escape(self._frame.token(exchange))))
        made = b"%d" % int(fragment.made_at * 1000)
        body, etag = html.encode("utf-8", "replace"), b'W/"%s"' % fragment.version.encode()
        return Answer(200, body, HTML, [(b"x-maru-made", made)], etag=etag)

    async def _foreign(
        self,
        exchange: Exchange,
        endpoint: ForeignEndpoint,
        target: Target,
        ctx: Any,
        form: Form = _NOTHING,
    ) -> Answer:
        """A page of an isolated plugin: its content is drawn there, what stands around it here."""
        shell = self._frame.shell(exchange, target.declaration.title)
        shown = {"values": form.values, "errors": form.errors, "fault": form.fault}
        try:
            answer = await endpoint.page(
                exchange, ctx, title=shell.title, zone=shell.zone, form=shown if form else None
            )
        except RequestValidationError as error:
            if any(fault["loc"][0] == "path" for fault in error.errors()):
                raise NotFound from None
            raise
        if isinstance(to := answer.get("redirect"), dict):
            return self._redirect(exchange, Redirect.model_validate(to))
        word = target.label.removeprefix("/admin").split("/")[1]
        page = {
            "content": Markup(cleaned(str(answer.get("html")), word, self._mark)),  # noqa: S704
            "own_title": str(answer.get("title") or shell.title),
        }
        html = self._html(exchange, "maru/foreign.html", shell, **page)
        return Answer(_status(form), html, HTML)

    async def _done(
        self, exchange: Exchange, target: Target, ctx: Any, pairs: Pairs, files: Files | None
    ) -> Answer:
        if isinstance(target.endpoint, ForeignEndpoint):
            typed_in = [[name, value] for name, value in pairs if name != CSRF_FIELD]
            try:
                told = await target.endpoint.page(exchange, ctx, pairs=typed_in)
            except RequestValidationError as error:
                raise NotFound from error
            return self._redirect(exchange, Redirect.model_validate(told.get("redirect")))
        model = target.endpoint.asked.form
        given: dict[str, Any] = {}
        if model is not None:
            form = bind(model, pairs, exchange.locale, files=files, zone=ctx.zone)
            given = {"form": form}
        try:
            value, background = await target.endpoint.value(exchange, ctx, **given)
        except RequestValidationError as error:
            raise NotFound from error
        answer = value if isinstance(value, Answer) else self._redirect(exchange, value)
        answer.background = answer.background or background
        return answer

    async def _once_more(
        self,
        exchange: Exchange,
        again: Target,
        error: InvalidInput | Conflict | RateLimited,
        pairs: Pairs,
        said: str,
    ) -> Answer:
        """The page of a form that was refused, with what was typed and what is wrong with it."""
        answer = await self._again(exchange, again, _refused(error, pairs, said), pairs)
        if answer.status == 422:
            answer.status = error.status
        if isinstance(error, RateLimited) and answer.status == 429:
            answer.headers.append((b"retry-after", b"%d" % max(1, round(error.after))))
        return answer

    async def _again(
        self, exchange: Exchange, again: Target, form: Form, pairs: Pairs, step: Step | None = None
    ) -> Answer:
        async def act(call: Call) -> Answer:
            ctx = call.ctx(again.key)
            shown = await once_more(ctx, form, pairs, step)
            return await self._shown(exchange, again, ctx, shown)

        return await in_unit(self._begin, exchange, act)

    def _redirect(self, exchange: Exchange, redirect: Redirect) -> Answer:
        """303 to a path of this site; our script is told in a header, or it would follow itself."""
        there = redirect.to if isinstance(redirect, Outward) else local(redirect.to)
        to = quote(there, safe="/?#%:@!$&'()*+,;=~-._[]").encode("ascii")
        if redirect.message:
            self._frame.say(exchange, redirect.message)
        headers: list[Header] = []
        if isinstance(redirect, CookieRedirect):
            headers += [(b"set-cookie", cookie.encode()) for cookie in redirect.cookies]
            headers += [(n.lower().encode(), v.encode()) for n, v in redirect.headers.items()]
        if exchange.htmx:
            return Answer(204, headers=[*headers, (b"hx-redirect", to)])
        return Answer(303, headers=[*headers, (b"location", to)])

    def _html(self, exchange: Exchange, template: str, shell: PageShell, **given: object) -> bytes:
        return self._render(
            template,
            {**given, "shell": shell},
            locale=exchange.locale,
            zone=shell.zone,
            csrf=shell.csrf,
        ).encode("utf-8", "replace")

    def _choice(self, exchange: Exchange, tenant: Tenant) -> TenantChoice:
        port = exchange.heads[b"host"].decode("latin-1").rpartition(":")[2]
        ending = f":{port}" if port.isdigit() else ""
        scheme = "https" if exchange.secure else "http"
        host = f"{tenant.slug}.{self._base}{ending}"
        return TenantChoice(tenant.name, f"{scheme}://{host}/", host)


def _status(form: Form) -> int:
    return 422 if form and not form.again else 200


def _token(exchange: Exchange, pairs: Pairs) -> str | None:
    header = exchange.heads.get(b"x-csrf-token")
    if header is not None:
        return header.decode("latin-1")
    return next((value for name, value in pairs if name == CSRF_FIELD), None)


def _refused(error: InvalidInput | Conflict | RateLimited, pairs: Pairs, said: str) -> Form:
    """The form once more, with what was typed and what is wrong with it."""
    if isinstance(error, FormRefused):
        return error.form
    errors = errors_of(error.details.get("fields") or ())
    return Form(dict(typed(pairs)), errors, "" if errors else said)
