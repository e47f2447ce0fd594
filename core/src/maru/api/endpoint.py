"""A declared route made ready to be called: FastAPI reads the parameters, we bind `ctx`, check the
answer and put it into the envelope."""

import logging
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from typing import Any, Final, get_args, get_origin
from urllib.parse import parse_qsl

from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError
from starlette.requests import Request
from starlette.responses import Response

from maru.api.body import is_unstorable, parse_json
from maru.api.envelope import Envelope, ErrorEnvelope, PagedEnvelope, closed, etag_of, head_of
from maru.api.errors import MalformedBody
from maru.api.exchange import Answer, Exchange
from maru.api.incoming import Incoming
from maru.api.parameters import REQUEST, Asked, read_parameters
from maru.api.plain import PlainParameters
from maru.files.names import disposition
from maru_sdk import Page, PermissionDenied, Rows
from maru_sdk.sheets import Sheet

CTX: Final = "maru.ctx"
GIVEN: Final = "maru.given"
XLSX: Final = b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_log: Final = logging.getLogger(__name__)
MAX_QUERY_FIELDS: Final = 200


class WrongAnswer(Exception):
    """A handler returned something else than its annotation says: a fault of the plugin."""


class _Produced(Response):
    """Carries a handler's value through FastAPI untouched."""

    def __init__(self, value: Any) -> None:
        self.value = value
        self.background = None
        self.status_code = 200


class _Read(Request):
    """A request whose body has been read and parsed before."""

    def __init__(self, scope: Any, content: bytes, value: Any) -> None:
        super().__init__(scope)
        self._content, self._value = content, value

    async def body(self) -> bytes:
        """The bytes as they came."""
        return self._content

    async def json(self) -> Any:
        """The value as the edge parsed it."""
        return self._value


class EnvelopeRoute(APIRoute):
    """FastAPI's route of a declaration: its parameters for calling, its schema for the
    description."""

    def __init__(
        self, path: str, function: Callable[..., Any], asked: Asked, **options: Any
    ) -> None:
        async def endpoint(**values: Any) -> _Produced:
            scope = values.pop(REQUEST).scope
            arguments = {**asked.arguments(values), **scope[GIVEN]}
            return _Produced(await function(scope[CTX], **arguments))

        endpoint.__signature__ = asked.signature  # type: ignore[attr-defined]
        endpoint.__doc__ = function.__doc__
        endpoint.__name__ = function.__name__
        super().__init__(path, endpoint, **options)


class Endpoint:
    """One handler, callable with an exchange, a context and a body."""

    def __init__(
        self,
        function: Callable[..., Any],
        path: str,
        method: str,
        *,
        status: int = 200,
        tag: str = "",
        action: bool = False,
        schema: bool = True,
        asks: str | None = None,
    ) -> None:
        """`path` is the whole one, with `{parameters}`; `asks` the permission that the handler
        must ask about. TypeError where the handler can't be served."""
        self._asks = asks
        self.function, self.status, self._tag = function, status, tag
        self._path, self._method = path, method
        self.asked = read_parameters(function, path, method, action=action)
        self.shape = Shape(self.asked.answer if schema else Answer)
        route = self._route(response_model=None)
        self._handle = route.get_route_handler()
        self._has_body = route.body_field is not None
        self._plain = PlainParameters.of(route)
        self._body = None if self.asked.body is None else TypeAdapter[Any](self.asked.body)

    def described(self) -> EnvelopeRoute:
        """The route as the API's description shows it, which is all that its schemas are for."""
        return self._route(
            response_model=self.shape.schema(),
            status_code=self.status,
            tags=[self._tag],
            operation_id=f"{self._method.lower()}_{self._tag}_{self.function.__name__}",
            responses={"4XX": {"model": ErrorEnvelope, "description": "Refused"}},
        )

    def _route(self, **options: Any) -> EnvelopeRoute:
        return EnvelopeRoute(
            self._path, self.function, self.asked, methods=[self._method], **options
        )

    async def value(
        self, exchange: Exchange, ctx: Any, body: bytes = b"", **given: Any
    ) -> tuple[Any, Any]:
        """What the handler returns, and its background tasks. Raises PermissionDenied where it
        lets somebody in for some things alone and never asked for which."""
        produced = await self._value(exchange, ctx, body, given)
        if self._asks is not None and not ctx.has_asked(self._asks):
            _log.error("%s never asked on what %s holds", self.function, self._asks)
            raise PermissionDenied(permission=self._asks)
        return produced

    async def _value(
        self, exchange: Exchange, ctx: Any, body: bytes, given: dict[str, Any]
    ) -> tuple[Any, Any]:
        scope, asked = exchange.scope, self.asked
        query = check_query(scope["query_string"], asked.queries, asked.repeatable)
        if self._plain is not None:
            values = asked.arguments(self._plain.read(exchange.params, dict(query)))
            return await self.function(ctx, **values, **given), None
        content = self._content(exchange, body)
        async with AsyncExitStack() as stack:
            request = _Read(
                {
                    **scope,
                    CTX: ctx,
                    GIVEN: given,
                    "path_params": exchange.params,
                    "fastapi_middleware_astack": stack,
                    "fastapi_inner_astack": stack,
                    "fastapi_function_astack": stack,
                },
                body,
                content,
            )
            produced = await self._handle(request)
        assert isinstance(produced, _Produced)
        return produced.value, produced.background

    async def head(self, exchange: Exchange, ctx: Any, body: bytes = b"") -> tuple[bytes, Any]:
        """The answer up to its timestamp, checked against the handler's annotation."""
        value, background = await self.value(exchange, ctx, body)
        return self.shape.head(value), background

    async def answer(self, exchange: Exchange, ctx: Any, body: bytes = b"") -> Answer:
        """The handler's answer in its envelope."""
        name = self.asked.incoming
        given = {} if name is None else {name: Incoming(exchange)}
        value, background = await self.value(exchange, ctx, body, **given)
        if isinstance(value, Sheet):
            sent = (b"content-disposition", disposition(value.name))
            return Answer(200, value.content, XLSX, [sent])
        if isinstance(value, Answer):
            value.background = value.background or background
            return value
        head = self.shape.head(value)
        etag = etag_of(head) if exchange.safe else None
        return Answer(self.status, closed(head), etag=etag, background=background)

    def _content(self, exchange: Exchange, body: bytes) -> Any:
        if not self._has_body or not body:
            return None
        kind = exchange.heads.get(b"content-type", b"").partition(b";")[0].strip().lower()
        if kind != b"application/json" and not kind.endswith(b"+json"):
            raise MalformedBody
        value = parse_json(body)
        return value if self._body is None else _exact(self._body, body)


def _exact(adapter: TypeAdapter[Any], body: bytes) -> Any:
    """The value of a body in which `"1"` is no number and `"yes"` isn't true: what is stored is
    what came."""
    try:
        return adapter.validate_json(body, strict=True)
    except ValidationError as error:
        found = [{**item, "loc": ("body", *item["loc"])} for item in error.errors()]
        if found[0]["type"] == "json_invalid":  # deeper than pydantic goes
            raise MalformedBody from None
        raise RequestValidationError(found) from None


class Shape:
    """What a handler says that it returns, and the bytes of what it really returned."""

    def __init__(self, annotation: Any) -> None:
        origin = get_origin(annotation)
        self._whole = annotation in (Answer, Sheet)
        self._row = get_args(annotation)[0] if origin in (Rows, Page, list, Sequence) else None
        self._paged = origin is Page
        self._ready = origin in (Rows, Page)
        self._shown: Any = list[self._row] if self._ready else annotation  # type: ignore[name-defined]
        self._adapter = TypeAdapter[Any](None if self._whole else self._shown)

    def schema(self) -> Any:
        """The model of the whole answer; None where the handler answers by itself."""
        envelope: Any = PagedEnvelope if self._paged else Envelope
        return None if self._whole else envelope[self._shown]

    def head(self, value: Any) -> bytes:
        """The answer up to its timestamp; raises WrongAnswer for what doesn't fit."""
        if isinstance(value, Rows):
            return self._rows(value)
        if self._ready:
            raise WrongAnswer(f"{type(value).__name__} instead of rows")
        try:
            checked = self._adapter.validate_python(value, from_attributes=True)
            data = self._adapter.dump_json(checked, by_alias=True, warnings="error")
        except (ValidationError, PydanticSerializationError) as error:
            raise WrongAnswer(str(error)) from error
        return head_of(data, None)

    def _rows(self, rows: Any) -> bytes:
        if rows.row is not self._row or isinstance(rows, Page) is not self._paged:
            raise WrongAnswer(f"{rows!r} is not what the handler's annotation says")
        return head_of(rows.json, rows.pagination if self._paged else None)


def check_query(
    query: bytes, known: frozenset[str], repeatable: frozenset[str]
) -> list[tuple[str, str]]:
    """The parameters; refuses those that nobody asked for, that stand twice or can't be stored."""
    if not query:
        return []
    errors: list[dict[str, Any]] = []
    seen: set[str] = set()
    try:
        pairs = parse_qsl(
            query.decode("latin-1"), keep_blank_values=True, max_num_fields=MAX_QUERY_FIELDS
        )
    except ValueError:
        raise MalformedBody from None
    for name, value in pairs:
        if code := _query_fault(name, value, known, seen - repeatable):
            errors.append({"type": code, "loc": ("query", _shown(name)), "msg": code})
        seen.add(name)
    if errors:
        raise RequestValidationError(errors)
    return pairs


def _query_fault(name: str, value: str, known: frozenset[str], seen: set[str]) -> str | None:
    if name not in known:
        return "extra_forbidden"
    if name in seen:
        return "repeated"
    return "text_unfit" if is_unstorable(value) else None


def _shown(name: str) -> str:
    return name[:100].encode("utf-8", "replace").decode()
