"""What the routes and forms around an account take and give."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from maru.identity.people_queries import DepartmentRef, UserOut
from maru_sdk import Model

Name = Annotated[str, StringConstraints(max_length=200)]
Secret = Annotated[str, StringConstraints(max_length=1_000)]
ProviderKey = Annotated[str, StringConstraints(max_length=40)]
Token = Annotated[str, StringConstraints(max_length=2_000)]


class Me(UserOut):
    """The person who is signed in, with what they may do."""

    roles: list[str]
    permissions: list[str]
    tenant: str
    locale: str
    timezone: str
    theme: str | None
    start_page: str | None


class MeChange(Model):
    """What people may change about themselves; a field that is left out stays as it is."""

    email: (
        Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")] | None
    ) = None
    phone: Annotated[str, StringConstraints(pattern=r"^[0-9+() -]{3,30}$")] | None = None
    locale: Literal["ko", "en"] | None = None
    timezone: Annotated[str, StringConstraints(max_length=64)] | None = None
    photo_url: Annotated[str, StringConstraints(max_length=500)] | None = None
    theme: Literal["system", "light", "dark"] | None = None
    start_page: Annotated[str, StringConstraints(max_length=500)] | None = None


class Login(Model):
    """A user name and a password; `provider` is the key of the directory that knows them, where it
    isn't this installation itself."""

    username: Name
    password: Secret = Field(repr=False)
    provider: ProviderKey = ""


class Refresh(Model):
    """A refresh token."""

    refresh_token: Token = Field(repr=False)


class PasswordChange(Model):
    """The password that holds now and the one that is to hold; with `end_tokens` the person's
    personal access tokens end with the old one."""

    current_password: Secret = Field(repr=False)
    new_password: Secret = Field(repr=False)
    end_tokens: bool = False


class TokensOut(Model):
    """What a client keeps: `access_token` for its requests, `refresh_token` for the next pair."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 (a word of the protocol)
    user: Me


class Verified(Model):
    """What a good access token says."""

    valid: bool
    user_id: UUID
    tenant: str
    expires_at: datetime


class LoginForm(Model):
    """The fields of the form at `/login`."""

    username: Name
    password: Secret = Field(repr=False)
    provider: ProviderKey = ""
    next: str = "/"


class StepPassword(Model):
    """The new password of a sign-in that stopped for one."""

    ticket: Token = Field(repr=False)
    new_password: Secret = Field(repr=False)


class NewPasswordForm(Model):
    """The fields of the form at `/login/new-password`."""

    new_password: Secret = Field(repr=False)
    next: str = "/"


class NewPasswordPage(Model):
    """The page at `/login/new-password`."""

    next: str


MailAddress = Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")]


class Forgot(Model):
    """The mail address of somebody who forgot their password."""

    email: MailAddress


class PasswordReset(Model):
    """The token of a mail, and the password that is to hold."""

    token: Token = Field(repr=False)
    new_password: Secret = Field(repr=False)


class ForgotForm(Forgot):
    """The field of the form at `/login/forgot`."""


class ForgotPage(Model):
    """The page at `/login/forgot`, before and after."""

    sent: bool


class ResetForm(Model):
    """The field of the forms that mails lead to."""

    new_password: Secret = Field(repr=False)


class ResetPage(Model):
    """The page that a mail leads to; `over` where its link is good no more."""

    purpose: Literal["reset", "invitation"]
    token: str = ""
    username: str = ""
    shortest: int = 12
    over: bool = False


class SessionOut(Model):
    """A place where somebody is signed in. `method` is how, `new_device` that it was a browser
    which they had not used before."""

    id: UUID
    device: str
    method: str
    address: str | None
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    new_device: bool
    current: bool


class TokenWish(Model):
    """A token to be made, good for `days`."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100, strip_whitespace=True)]
    scopes: list[Annotated[str, StringConstraints(max_length=200)]] = Field(max_length=200)
    days: int = Field(90, ge=1, le=366)


class TokenOut(Model):
    """A personal access token; `hint` is how it ends."""

    id: UUID
    name: str
    hint: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime
    last_used_at: datetime | None
    last_address: str | None
    expired: bool


class TokenMade(Model):
    """A new token, with its secret."""

    id: UUID
    token: str
    name: str
    scopes: list[str]
    expires_at: datetime


class SecurityPage(Model):
    """The page that links password, sessions and tokens."""

    has_password: bool
    password_changed_at: datetime | None
    sessions: int
    new_device: SessionOut | None
    tokens: int


class PasswordPage(Model):
    """The page for another password."""

    shortest: int
    username: str
    tokens: int


class PasswordForm(PasswordChange):
    """Its fields."""


class SessionsPage(Model):
    """The page of one's sessions."""

    sessions: list[SessionOut]


class Right(Model):
    """A permission, and what it means."""

    name: str
    title: str


class TokensPage(Model):
    """The page of one's tokens; `choices` are the rights that one can give them."""

    tokens: list[TokenOut]
    choices: list[Right]


class TokenForm(Model):
    """The fields for a new token."""

    name: Annotated[str, StringConstraints(min_length=1, max_length=100)]
    kind: Literal["read", "all", "some"] = "read"
    scopes: list[Annotated[str, StringConstraints(max_length=200)]] = Field(default_factory=list)
    days: int = Field(90, ge=1, le=366)


class PreferencesForm(Model):
    """The fields of the menus for language and theme and of the side navigation's button; each form
    sends one of them."""

    locale: Literal["ko", "en"] | None = None
    theme: Literal["system", "light", "dark"] | None = None
    side: Literal["folded", "open"] | None = None
    next: str = "/"


class SettingsForm(Model):
    """How somebody likes the pages."""

    locale: Literal["ko", "en"] = Field(
        title="Language", json_schema_extra={"x-titles": {"ko": "한국어", "en": "English"}}
    )
    timezone: str = Field(title="Time zone", max_length=64)
    theme: Literal["system", "light", "dark"] = Field("system", title="Appearance")
    start_page: str = Field(
        "/", title="Start page", description="What you see first after signing in.", max_length=500
    )


class SettingsPage(Model):
    """The form, with what can be chosen and what was."""

    form_schema: dict[str, Any]
    start: dict[str, Any]


class WayIn(Model):
    """A way to sign in elsewhere: a provider's button, or a directory of the form."""

    key: str
    name: str
    url: str = ""


class LoginPage(Model):
    """The page at `/login`; `next` is where the browser goes from there, `stopped` why it is back
    from elsewhere. `passwords`: this installation's own are asked for too."""

    next: str
    buttons: list[WayIn] = Field(default_factory=list)
    directories: list[WayIn] = Field(default_factory=list)
    passwords: bool = True
    may_hide: bool = False
    stopped: str = ""


__all__ = [
    "DepartmentRef",
    "Forgot",
    "ForgotForm",
    "ForgotPage",
    "Login",
    "LoginForm",
    "LoginPage",
    "Me",
    "MeChange",
    "NewPasswordForm",
    "NewPasswordPage",
    "PasswordChange",
    "PasswordForm",
    "PasswordPage",
    "PasswordReset",
    "PreferencesForm",
    "Refresh",
    "ResetForm",
    "ResetPage",
    "Right",
    "SecurityPage",
    "SessionOut",
    "SessionsPage",
    "SettingsForm",
    "SettingsPage",
    "StepPassword",
    "TokenForm",
    "TokenMade",
    "TokenOut",
    "TokenWish",
    "TokensOut",
    "TokensPage",
    "UserOut",
    "Verified",
]
