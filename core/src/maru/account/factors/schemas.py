"""What the pages and routes around second factors take and give."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from maru.account.schemas import Secret, Token
from maru_sdk import Model

Code = Annotated[str, StringConstraints(min_length=1, max_length=40, strip_whitespace=True)]
Label = Annotated[str, StringConstraints(min_length=1, max_length=60, strip_whitespace=True)]
Said = Annotated[str, StringConstraints(max_length=20_000)]


class CodeForm(Model):
    """A code of an app, or one on paper."""

    code: Code = Field(repr=False)
    next: str = "/"


class NextForm(Model):
    """A button; `next` is where the browser goes when it is signed in."""

    next: str = "/"


class PasskeyForm(Model):
    """A device's answer, with the question's token."""

    token: Token = Field(repr=False)
    answer: Said = Field(repr=False)
    next: str = "/"


class NewPasskeyForm(Model):
    """A new passkey under a name."""

    name: Label
    token: Token = Field(repr=False)
    answer: Said = Field(repr=False)


class OwnPassword(Model):
    """The password once more, of whoever has one here."""

    password: Secret = Field(default="", repr=False)


class StepCode(Model):
    """A ticket of a sign-in that asked for a second factor, and a code."""

    ticket: Token = Field(repr=False)
    code: Code = Field(repr=False)


class AppView(Model):
    """An app that waits for its first code: what its camera reads, and what people type."""

    picture: str
    secret: str


class PasskeyQuestion(Model):
    """What a device is asked: `options` for the browser, `token` to come back."""

    token: str
    options: dict[str, Any]


class Stands(Model):
    """Where a page stands: `place` is its own address, `start` that of the sign-in. Operators have
    the same pages in their area (`of_operators`)."""

    place: str
    start: str = "/login"
    of_operators: bool = False


class StepPage(Stands):
    """The page of the step: what may be used, or what is to be set up now."""

    place: str = "/login/second-factor"

    next: str
    codes: bool
    passkey: PasskeyQuestion | None
    app: AppView | None
    setting_up: bool


class PasskeyPage(Model):
    """The page for signing in by passkey alone."""

    next: str
    passkey: PasskeyQuestion


class PasskeyRow(Model):
    """A passkey as its owner sees it."""

    id: UUID
    name: str
    synced: bool
    created_at: datetime
    last_used_at: datetime | None


class TwoStepPage(Stands):
    """Everything that a person has set up."""

    place: str = "/preferences/two-step"

    app: bool
    waiting: AppView | None
    passkeys: list[PasskeyRow]
    question: PasskeyQuestion
    codes: int
    sheet: list[str]
    needed: bool
    has_password: bool
