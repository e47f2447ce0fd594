"""What the pages and routes of sign-in providers take and give."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from maru.federation.models import Kind
from maru.federation.settings import LdapSettings, OidcSettings
from maru_sdk import Model

Key = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,30}$")]
Named = Annotated[str, StringConstraints(min_length=1, max_length=80, strip_whitespace=True)]
Secret = Annotated[str, StringConstraints(max_length=2_000)]
Rank = Annotated[int, Field(ge=0, le=10_000)]


class ProviderOut(Model):
    """A way to sign in; its secret is never shown."""

    key: str
    kind: Kind
    name: str
    rank: int
    enabled: bool
    has_secret: bool
    settings: dict[str, Any]


class ProviderChange(Model):
    """Everything of a provider but its key and kind; without a `secret` the one that is kept
    stays, an empty one takes it away."""

    name: Named
    rank: Rank = 100
    settings: dict[str, Any]
    secret: Secret | None = Field(default=None, repr=False)


class ProviderNew(ProviderChange):
    """A provider that is to be."""

    key: Key
    kind: Kind


class FindingOut(Model):
    """Something that a test has looked at."""

    good: bool
    text: str


class TestOut(Model):
    """What a test has found; `passed` where all of it is good."""

    __test__ = False

    passed: bool
    findings: list[FindingOut]


class SignInOut(Model):
    """What holds for signing in as a whole."""

    passwords: bool
    new_device_mail: bool


class SignInChange(Model):
    """What is to hold; what is left out stays."""

    passwords: bool | None = None
    new_device_mail: bool | None = None


class Beginning(Model):
    """The fields before a provider's settings."""

    name: Named = Field(title="Name on the button")
    rank: Rank = Field(100, title="Order", description="The smallest number stands first")


class Ending(Model):
    """The fields after them."""

    secret: Secret = Field(
        "",
        title="Secret",
        description="Empty: the one that is kept stays",
        repr=False,
        json_schema_extra={"format": "password", "x-autocomplete": "off"},
    )


class OidcForm(OidcSettings, Beginning, Ending):
    """The form of an OpenID Connect provider."""


class LdapForm(LdapSettings, Beginning, Ending):
    """The form of a directory."""


class NewKey(Model):
    """The field that a form has only once."""

    key: Key = Field(
        title="Key",
        description="Small letters, digits and dashes; part of the address that is registered "
        "at the other side, so it never changes",
        max_length=31,
    )


class Group(Model):
    """Some fields of a form that belong together."""

    title: str
    form_schema: dict[str, Any]


class ProviderLine(Model):
    """A provider in the list."""

    key: str
    kind: Kind
    name: str
    where: str
    enabled: bool


class ProvidersView(Model):
    """The page of all ways to sign in."""

    providers: list[ProviderLine]
    passwords: bool
    new_device_mail: bool


class ProviderView(Model):
    """The form of one provider; `callback` is what is registered at the other side."""

    title: str
    kind: Kind
    key: str
    enabled: bool
    has_secret: bool
    callback: str
    groups: list[Group]
    start: dict[str, Any]


class TestView(Model):
    """The page that shows what a test has found."""

    __test__ = False

    key: str
    name: str
    passed: bool
    findings: list[FindingOut]


class SignInForm(Model):
    """A switch of the page: whether passwords that are kept here count, or whether people are told
    of new browsers."""

    passwords: Literal["on", "off"] | None = None
    new_device_mail: Literal["on", "off"] | None = None
