"""What the admin area shows of signing in."""

from typing import Any
from uuid import UUID

from maru.account.schemas import SessionOut, TokenOut
from maru.identity.policy import PasswordPolicy
from maru_sdk import Model


class InvitationsOut(Model):
    """How many active people have a mail address, no password and no invitation that is good;
    those who sign in elsewhere need none and are counted apart."""

    waiting: int
    elsewhere: int


class PasswordsView(Model):
    """The page of passwords and invitations."""

    policy: PasswordPolicy
    form_schema: dict[str, Any]
    waiting: int
    elsewhere: int
    may_set: bool
    may_invite: bool


class PersonSignIn(Model):
    """How a person signs in."""

    id: UUID
    name: str
    username: str
    email: str | None
    active: bool
    has_password: bool
    must_change_password: bool


class PersonView(Model):
    """The page of how a person signs in."""

    person: PersonSignIn
    sessions: list[SessionOut]
    tokens: list[TokenOut]
