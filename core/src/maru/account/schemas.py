"""What the routes and forms around an account take and give."""

from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from maru.identity.queries import DepartmentRef, UserOut
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


class MeChange(Model):
    """What people may change about themselves; a field that is left out stays as it is."""

    email: (
        Annotated[str, StringConstraints(max_length=254, pattern=r"^[^@\s]+@[^@\s]+$")] | None
    ) = None
    phone: Annotated[str, StringConstraints(pattern=r"^[0-9+() -]{3,30}$")] | None = None
    locale: Literal["ko", "en"] | None = None
    timezone: Annotated[str, StringConstraints(max_length=64)] | None = None
    photo_url: Annotated[str, StringConstraints(max_length=500)] | None = None


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
    """The password that holds now and the one that is to hold."""

    current_password: Secret = Field(repr=False)
    new_password: Secret = Field(repr=False)


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


class PreferencesForm(Model):
    """The fields of the menus for language and theme; each form sends one of the two."""

    locale: Literal["ko", "en"] | None = None
    theme: Literal["system", "light", "dark"] | None = None
    next: str = "/"


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
    "Login",
    "LoginForm",
    "LoginPage",
    "Me",
    "MeChange",
    "NewPasswordForm",
    "NewPasswordPage",
    "PasswordChange",
    "PreferencesForm",
    "Refresh",
    "StepPassword",
    "TokensOut",
    "UserOut",
    "Verified",
]
