"""`/api/v1/auth/sessions` and `/api/v1/auth/tokens`: one's own."""

from typing import Final
from uuid import UUID

from maru.account import security
from maru.account.schemas import SessionOut, TokenMade, TokenOut, TokenWish
from maru.account.security import own_session
from maru.identity.sessions import Sessions
from maru_sdk import Context, delete, get, post
from maru_sdk.declarations import Route

CHANGES: Final = "what has ended must not be shown as going on"


def security_routes(sessions: Sessions) -> list[Route]:
    """Where one is signed in, and the tokens of one's programs."""

    @get("/sessions", signed_in=True, no_store=CHANGES)
    async def own_sessions(ctx: Context) -> list[SessionOut]:
        """Where the reader is signed in, the latest first."""
        caller = own_session(ctx)
        return await security.sessions_of(ctx, sessions, caller.person_id, caller.session_id)

    @delete("/sessions", signed_in=True)
    async def end_other_sessions(ctx: Context) -> None:
        """Ends all sessions of the reader but this one."""
        caller = own_session(ctx)
        await security.end_others(ctx, sessions, caller.person_id, caller.session_id)

    @delete("/sessions/{session_id}", signed_in=True)
    async def end_own_session(ctx: Context, session_id: UUID) -> None:
        """Ends a session of the reader, this one too."""
        await security.end_session(ctx, sessions, own_session(ctx).person_id, session_id)

    @get("/tokens", signed_in=True, no_store=CHANGES)
    async def own_tokens(ctx: Context) -> list[TokenOut]:
        """The reader's personal access tokens."""
        return await security.tokens_of(ctx, sessions, own_session(ctx).person_id)

    @post("/tokens", signed_in=True, status=201)
    async def make_token(ctx: Context, body: TokenWish) -> TokenMade:
        """Makes a personal access token. `scopes` is `["all"]`, `["read"]` (requests that change
        nothing) or permissions that the reader has. `token` is shown this once."""
        return await security.make_token(ctx, sessions, body)

    @delete("/tokens/{token_id}", signed_in=True)
    async def end_own_token(ctx: Context, token_id: UUID) -> None:
        """Ends a token of the reader."""
        await security.end_token(ctx, sessions, own_session(ctx).person_id, token_id)

    return [
        own_sessions,
        end_other_sessions,
        end_own_session,
        own_tokens,
        make_token,
        end_own_token,
    ]
