"""Routes as declarations: core makes endpoints of them and puts gate, rights, limits and
transaction around."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Literal

from maru_sdk._declarations import Declaration, Handler, check_limit
from maru_sdk._permissions import Permission

Audience = Literal["tenant", "user"]


@dataclass(frozen=True, eq=False)
class Route(Declaration):
    """One method and path below `/api/v1/<url word>`. Made by `get`, `post`, `put` and `delete`."""

    method: str
    path: str
    needs: Permission | None = None
    signed_in: bool = False
    public: bool = False
    status: int = 200
    cache: str | None = None
    audience: Audience = "user"
    tags: tuple[str, ...] = ()
    body_limit: int | None = None
    no_store: str | None = None
    limit: str | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        check_limit(self.limit)


def get(
    path: str,
    *,
    needs: Permission | None = None,
    signed_in: bool = False,
    public: bool = False,
    cache: str | None = None,
    audience: Audience = "user",
    tags: Iterable[str] = (),
    no_store: str | None = None,
    limit: str | None = None,
) -> Callable[[Handler], Route]:
    """A reading route: `@get("/boards/{board_id}/posts", needs=READ, cache="30s")`.

    The function is `async def name(ctx: Context, board_id: UUID, page: PageParams) ->
    list[PostOut]`; path, query and body parameters are FastAPI's. It is called once a request,
    inside the request's unit of work, after tenant, gate and rights; its answer is put into the
    envelope. What it returns is checked against the annotation: a wrong answer is a 500 and rolls
    back. `Rows` and `Page` go out unparsed.

    One of `needs`, `signed_in` or `public` must be given, and either `cache` or `no_store`, else
    the plugin is set aside. `cache` is a duration for which the answer may be kept, per `audience`:
    `"tenant"` shares it among all who hold `needs` (where it is scoped: for the same things); then
    the function knows no `ctx.user`, and `ctx.can` that permission alone. `"user"` keeps it per
    person, at most a minute. `tags` (`"board:{board_id}"`, filled from the path) empty it:
    `ctx.cache.drop("board:…")`. `no_store` says in words why the answer can't be kept.

    `limit` (`"30/m"`, in `s`, `m`, `h` or `d`) is how often one person, else one address, may ask
    this route; `"export"` counts it among exports and `"sign-in"` among attempts to sign in, whose
    limits the operator sets, instead of among reads. What is too much is answered 429.
    """
    whose = (tags,) if isinstance(tags, str) else tuple(tags)
    return lambda function: Route(
        function,
        "GET",
        path,
        needs,
        signed_in,
        public,
        cache=cache,
        audience=audience,
        tags=whose,
        no_store=no_store,
        limit=limit,
    )


def post(
    path: str,
    *,
    needs: Permission | None = None,
    signed_in: bool = False,
    public: bool = False,
    status: int = 201,
    body_limit: int | None = None,
    limit: str | None = None,
) -> Callable[[Handler], Route]:
    """A creating route, answered 201 unless `status` says otherwise. `Idempotency-Key` is honoured
    by core.

    The contract is that of `get`. The transaction commits before the first byte of an answer below
    400 and rolls back on any other. `body_limit` is in bytes, 1 MB unless given.
    """
    return lambda function: Route(
        function,
        "POST",
        path,
        needs,
        signed_in,
        public,
        status,
        body_limit=body_limit,
        limit=limit,
    )


def put(
    path: str,
    *,
    needs: Permission | None = None,
    signed_in: bool = False,
    public: bool = False,
    body_limit: int | None = None,
    limit: str | None = None,
) -> Callable[[Handler], Route]:
    """A replacing route; the contract is that of `post`, the answer 200."""
    return lambda function: Route(
        function, "PUT", path, needs, signed_in, public, body_limit=body_limit, limit=limit
    )


def delete(
    path: str,
    *,
    needs: Permission | None = None,
    signed_in: bool = False,
    public: bool = False,
    limit: str | None = None,
) -> Callable[[Handler], Route]:
    """A removing route; the contract is that of `post`. It answers 200 with the envelope, `data`
    null."""
    return lambda function: Route(function, "DELETE", path, needs, signed_in, public, limit=limit)
