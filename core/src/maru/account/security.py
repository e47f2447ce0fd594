"""What people see and do about their own sessions and tokens, for routes and pages alike."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from maru.account.schemas import PasswordChange, Right, SessionOut, TokenMade, TokenOut, TokenWish
from maru.account.service import call_of, caller_of, origin_of
from maru.identity.agents import device_name
from maru.identity.changing import PasswordChanges
from maru.identity.errors import WeakPassword
from maru.identity.personal import ALL, LONGEST, READ
from maru.identity.queries import PersonalLine, SessionLine
from maru.identity.sessions import Sessions
from maru.identity.tokens import Caller
from maru_sdk import Context, InvalidInput, PermissionDenied


def own_session(ctx: Context) -> Caller:
    """The session at hand; raises PermissionDenied for a personal token, which may not change how
    its person signs in."""
    caller = caller_of(ctx)
    if caller.scopes is not None:
        raise PermissionDenied
    return caller


async def change_password(ctx: Context, changes: PasswordChanges, wish: PasswordChange) -> None:
    """Sets the reader's password; raises InvalidCredentials, TooManyAttempts or WeakPassword in
    their language."""
    try:
        await changes.change(
            own_session(ctx),
            wish.current_password,
            wish.new_password,
            origin_of(ctx),
            tokens=wish.end_tokens,
        )
    except WeakPassword as weak:
        raise weak.worded(ctx.t) from None


async def sessions_of(
    ctx: Context, sessions: Sessions, person_id: UUID, here: UUID | None = None
) -> list[SessionOut]:
    """Where a person is signed in, the latest first."""
    lines = await sessions.list(call_of(ctx).unit, person_id)
    return [shown(line, here) for line in lines]


def shown(line: SessionLine, here: UUID | None) -> SessionOut:
    """A session as people see it."""
    return SessionOut(
        id=line.id,
        device=device_name(line.agent),
        method=line.method,
        address=line.address,
        created_at=line.created_at,
        last_seen_at=line.last_seen_at,
        expires_at=line.expires_at,
        new_device=line.new_device,
        current=line.id == here,
    )


async def tokens_of(ctx: Context, sessions: Sessions, person_id: UUID) -> list[TokenOut]:
    """A person's tokens."""
    return [
        token_shown(ctx, line)
        for line in await sessions.personal.list(call_of(ctx).unit, person_id)
    ]


def token_shown(ctx: Context, line: PersonalLine) -> TokenOut:
    """A token as people see it: never the secret."""
    return TokenOut(
        id=line.id,
        name=line.name,
        hint=line.hint,
        scopes=line.scopes.split(),
        created_at=line.created_at,
        expires_at=line.expires_at,
        last_used_at=line.last_used_at,
        last_address=line.last_address,
        expired=line.expires_at <= ctx.now,
    )


async def make_token(ctx: Context, sessions: Sessions, wish: TokenWish) -> TokenMade:
    """A new token of the reader's; the secret is in the answer and nowhere else."""
    caller, call = own_session(ctx), call_of(ctx)
    scopes = _scopes(ctx, wish.scopes)
    expires_at = ctx.now + timedelta(days=min(wish.days, LONGEST.days))
    actor = origin_of(ctx).actor(caller.person_id)
    made = await sessions.personal.make(
        call.unit, caller.person_id, wish.name.strip(), scopes, expires_at, actor
    )
    return TokenMade(
        id=made.id,
        token=made.token,
        name=wish.name.strip(),
        scopes=sorted(scopes),
        expires_at=expires_at,
    )


def _scopes(ctx: Context, wanted: Sequence[str]) -> set[str]:
    """`all`, `read`, or permissions that the reader has; raises InvalidInput for anything else."""
    scopes = set(wanted)
    if scopes in ({ALL}, {READ}):
        return scopes
    strangers = scopes - set(choices(ctx))
    if not scopes or strangers:
        named = ", ".join(sorted(strangers)[:5])
        message = ctx.t("You have no such right: {names}", names=named or "–")
        raise InvalidInput(fields=[{"path": "scopes", "code": "scope", "message": message}])
    return scopes


def choices(ctx: Context) -> list[str]:
    """The permissions that the reader can give a token."""
    call = call_of(ctx)
    return sorted(call.in_force(call.granted))


def titled(ctx: Context) -> list[Right]:
    """The same with what they mean, in the reader's language."""
    call, mine = call_of(ctx), set(choices(ctx))
    return [
        Right(name=permission.name, title=call.ctx(installed.key).t(permission.title))
        for installed, permission in call.services.host.declared("permissions")
        if permission.name in mine
    ]


async def end_session(ctx: Context, sessions: Sessions, person_id: UUID, session_id: UUID) -> None:
    """Ends one of a person's sessions; raises SessionNotFound."""
    call = call_of(ctx)
    actor = origin_of(ctx).actor(call.actor)
    await sessions.end_one(call.unit, person_id, session_id, actor)


async def end_others(
    ctx: Context, sessions: Sessions, person_id: UUID, but: UUID | None = None
) -> int:
    """Ends all of a person's sessions but one; tells how many."""
    call = call_of(ctx)
    lines = await sessions.list(call.unit, person_id)
    actor = origin_of(ctx).actor(call.actor)
    gone = [line.id for line in lines if line.id != but]
    for session_id in gone:
        await sessions.end_one(call.unit, person_id, session_id, actor)
    return len(gone)


async def end_token(ctx: Context, sessions: Sessions, person_id: UUID, token_id: UUID) -> None:
    """Ends one of a person's tokens; raises TokenNotFound."""
    call = call_of(ctx)
    actor = origin_of(ctx).actor(call.actor)
    reason = "owner" if person_id == call.actor else "admin"
    await sessions.personal.end(call.unit, person_id, token_id, reason, actor)
