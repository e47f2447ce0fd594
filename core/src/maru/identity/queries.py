"""Every SELECT about signing in: who may, sessions, tickets, tokens and keys. Those about people
and departments are in `people_queries`."""

from datetime import datetime
from typing import Final, Literal
from uuid import UUID

import sqlalchemy as sa

from maru.identity.models import (
    PasswordTicket,
    Person,
    PersonalToken,
    RefreshToken,
    Session,
    SigningKey,
)
from maru_sdk import Model
from maru_sdk.db import Query, bindparam, col, select


class Credentials(Model):
    """What a sign-in is checked against."""

    id: UUID
    username: str
    password_hash: str | None
    state: str


CREDENTIALS: Final = Query(
    select(
        col(Person.id), col(Person.username), col(Person.password_hash), col(Person.state)
    ).where(col(Person.username_key) == bindparam("key", type_=sa.Text())),
    Credentials,
)

CREDENTIALS_OF: Final = Query(
    select(
        col(Person.id), col(Person.username), col(Person.password_hash), col(Person.state)
    ).where(col(Person.id) == bindparam("id", type_=sa.Uuid())),
    Credentials,
)


class Standing(Model):
    """How somebody stands who is about to get a session."""

    username: str
    name: str
    email: str | None
    password_hash: str | None
    password_changed_at: datetime | None
    must_change_password: bool
    signed_in_before: bool
    state: str


STANDING: Final = Query(
    select(
        col(Person.username),
        col(Person.name),
        col(Person.email),
        col(Person.password_hash),
        col(Person.password_changed_at),
        col(Person.must_change_password),
        col(Person.last_sign_in_at).is_not(None).label("signed_in_before"),
        col(Person.state),
    ).where(col(Person.id) == bindparam("id", type_=sa.Uuid())),
    Standing,
)


class Attempt(Model):
    """One sign-in of an account, tried at some address."""

    succeeded: bool
    moment: float


ATTEMPTS: Final = Query(
    """
    SELECT action = 'auth.login' AS succeeded,
           CAST(extract(epoch FROM created_at) AS double precision) AS moment
      FROM maru.audit
     WHERE kind = 'general' AND target = :target AND created_at > :since AND address = :address
       AND action IN ('auth.login', 'auth.login_failed')
     ORDER BY created_at DESC
     LIMIT 20
    """,
    Attempt,
    params={"target": str, "address": str, "since": datetime},
)


class AddressRecord(Model):
    """What an address has failed at lately, and whether a person has signed in from it before."""

    failures: int
    last: float
    known: bool


ADDRESS: Final = Query(
    """
    SELECT count(*) AS failures,
           CAST(coalesce(extract(epoch FROM max(created_at)), 0) AS double precision) AS last,
           EXISTS (SELECT 1 FROM maru.session
                    WHERE person_id = :person AND address = :address
                      AND created_at > :known_since) AS known
      FROM maru.audit
     WHERE kind = 'general' AND action = 'auth.login_failed' AND created_at > :since
       AND address = :address
    """,
    AddressRecord,
    params={"address": str, "since": datetime, "person": UUID, "known_since": datetime},
)


class Guesses(Model):
    """How often an account was guessed at from anywhere; beyond a hundred nobody counts."""

    number: int


GUESSES: Final = Query(
    """
    SELECT count(*) AS number FROM (
      SELECT 1 FROM maru.audit
       WHERE kind = 'general' AND target = :target AND created_at > :since
         AND action = 'auth.login_failed'
       LIMIT 100) guessed
    """,
    Guesses,
    params={"target": str, "since": datetime},
)


FAMILY: Final = (
    sa.select(
        col(Session.id),
        col(Session.person_id),
        col(Session.created_at),
        col(Session.expires_at),
        col(Session.ended_at),
    )
    .where(col(Session.id) == bindparam("session_id"))
    .with_for_update()
)

LIVES: Final = (
    sa.select(col(Session.ended_at), col(Session.expires_at), col(Person.state))
    .join(
        Person,
        (col(Person.tenant_id) == col(Session.tenant_id))
        & (col(Person.id) == col(Session.person_id)),
    )
    .where(col(Session.id) == bindparam("session_id"))
)

ACTIVE: Final = sa.select(col(Person.state) == "active").where(
    col(Person.id) == bindparam("person_id")
)

TOKEN: Final = sa.select(
    col(RefreshToken.id),
    col(RefreshToken.session_id),
    col(RefreshToken.rotated_at),
    col(RefreshToken.child_id),
    col(RefreshToken.expires_at),
).where(col(RefreshToken.token_hash) == bindparam("token_hash"))

ROTATED_AT: Final = sa.select(col(RefreshToken.rotated_at)).where(
    col(RefreshToken.id) == bindparam("token_id")
)

LIVE_SESSIONS: Final = sa.select(col(Session.id)).where(
    col(Session.person_id) == bindparam("person_id"), col(Session.ended_at).is_(None)
)


class Active(Model):
    """How many people there are of a kind."""

    people: int


ACTIVE_SINCE: Final = Query(
    select(sa.func.count(sa.distinct(col(Session.person_id))).label("people")).where(
        col(Session.last_seen_at) > bindparam("since", type_=sa.DateTime(timezone=True))
    ),
    Active,
)


class Ticket(Model):
    """An invitation or leave to reset that is still good, and for whom."""

    person_id: UUID
    purpose: Literal["reset", "invitation"]
    sent_to: str
    username: str
    name: str


TICKET: Final = Query(
    select(
        col(PasswordTicket.person_id),
        col(PasswordTicket.purpose),
        col(PasswordTicket.sent_to),
        col(Person.username),
        col(Person.name),
    )
    .join(
        Person,
        (col(Person.tenant_id) == col(PasswordTicket.tenant_id))
        & (col(Person.id) == col(PasswordTicket.person_id)),
    )
    .where(
        col(PasswordTicket.token_hash) == bindparam("hash", type_=sa.Text()),
        col(PasswordTicket.ended_at).is_(None),
        col(PasswordTicket.expires_at) > bindparam("now", type_=sa.DateTime(timezone=True)),
        col(Person.state) == "active",
    ),
    Ticket,
)

RESETS: Final = Query(
    select(sa.func.count().label("people")).where(
        col(PasswordTicket.person_id) == bindparam("person", type_=sa.Uuid()),
        col(PasswordTicket.purpose) == "reset",
        col(PasswordTicket.created_at) > bindparam("since", type_=sa.DateTime(timezone=True)),
    ),
    Active,
)

RESETS_ASKED: Final = Query(
    """
    SELECT count(*) AS people FROM maru.audit
     WHERE kind = 'general' AND action = 'auth.reset_asked' AND created_at > :since
       AND address = :address
    """,
    Active,
    params={"address": str, "since": datetime},
)


SIGNING_KEYS: Final = sa.select(
    col(SigningKey.kid),
    col(SigningKey.private_key),
    col(SigningKey.signs_from),
    col(SigningKey.retired_at),
).order_by(col(SigningKey.created_at), col(SigningKey.id))


class SessionLine(Model):
    """A session that goes on."""

    id: UUID
    agent: str | None
    method: str
    address: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    new_device: bool


SESSIONS_OF: Final = Query(
    select(
        col(Session.id),
        col(Session.agent),
        col(Session.method),
        col(Session.address),
        col(Session.created_at),
        col(Session.last_seen_at),
        col(Session.expires_at),
        col(Session.new_device),
    )
    .where(
        col(Session.person_id) == bindparam("person", type_=sa.Uuid()),
        col(Session.ended_at).is_(None),
        col(Session.expires_at) > bindparam("now", type_=sa.DateTime(timezone=True)),
        col(Session.last_seen_at) > bindparam("since", type_=sa.DateTime(timezone=True)),
    )
    .order_by(col(Session.last_seen_at).desc(), col(Session.id))
    .limit(200),
    SessionLine,
)


class PersonalRow(Model):
    """A personal access token that hasn't ended, of somebody who works here."""

    id: UUID
    person_id: UUID
    scopes: str
    expires_at: datetime


PERSONAL: Final = Query(
    select(
        col(PersonalToken.id),
        col(PersonalToken.person_id),
        col(PersonalToken.scopes),
        col(PersonalToken.expires_at),
    )
    .join(
        Person,
        (col(Person.tenant_id) == col(PersonalToken.tenant_id))
        & (col(Person.id) == col(PersonalToken.person_id)),
    )
    .where(
        col(PersonalToken.token_hash) == bindparam("hash", type_=sa.Text()),
        col(PersonalToken.ended_at).is_(None),
        col(Person.state) == "active",
    ),
    PersonalRow,
)


class PersonalScopes(Model):
    """What a personal access token permits, and whether it has ended."""

    scopes: str
    ended_at: datetime | None


PERSONAL_SCOPES: Final = Query(
    select(col(PersonalToken.scopes), col(PersonalToken.ended_at)).where(
        col(PersonalToken.id) == bindparam("id", type_=sa.Uuid())
    ),
    PersonalScopes,
)


class PersonalLine(Model):
    """A personal access token as its list shows it."""

    id: UUID
    name: str
    hint: str
    scopes: str
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_address: str | None


PERSONAL_OF: Final = Query(
    select(
        col(PersonalToken.id),
        col(PersonalToken.name),
        col(PersonalToken.hint),
        col(PersonalToken.scopes),
        col(PersonalToken.created_at),
        col(PersonalToken.expires_at),
        col(PersonalToken.last_used_at),
        col(PersonalToken.last_address),
    )
    .where(
        col(PersonalToken.person_id) == bindparam("person", type_=sa.Uuid()),
        col(PersonalToken.ended_at).is_(None),
    )
    .order_by(col(PersonalToken.created_at).desc(), col(PersonalToken.id)),
    PersonalLine,
)
