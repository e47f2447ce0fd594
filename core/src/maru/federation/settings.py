"""What an admin sets for a way to sign in, and how what it tells of a person is read."""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import Field, StringConstraints, field_validator

from maru_sdk import Model

# Key pairs alone: a secret that both sides know signs nothing for us.
Algorithm = Literal["RS256", "PS256", "ES256", "EdDSA", "RS384", "RS512", "ES384", "ES512"]
ARROW: Final = "=>"
_CLAIMS: Final = "What the sign-in service calls it; empty where it doesn't say"

Claim = Annotated[str, StringConstraints(max_length=100, strip_whitespace=True)]
Line = Annotated[str, StringConstraints(max_length=500, strip_whitespace=True)]
Text = Annotated[str, StringConstraints(max_length=300, strip_whitespace=True)]


def _claim(title: str, default: str = "") -> Any:
    return Field(default=default, title=title, description=_CLAIMS if title == "User name" else "")


class ProviderSettings(Model):
    """What both kinds have: who gets in at the first time, and what is taken over."""

    first_sign_in: Literal["refuse", "create"] = Field(
        "refuse",
        title="Who is not known here yet",
        json_schema_extra={
            "x-titles": {"refuse": "is refused", "create": "gets a new account"},
        },
    )
    match: Literal["nothing", "username", "employee_number", "email"] = Field(
        "nothing",
        title="Existing accounts are linked by",
        description=(
            "Choose this only where that service alone decides who gets which name or number: "
            "whoever gets one there gets the account here. Addresses count where it has "
            "verified them."
        ),
        json_schema_extra={
            "x-titles": {
                "nothing": "nothing: people link them themselves",
                "username": "the user name",
                "employee_number": "the employee number",
                "email": "the verified mail address",
            }
        },
    )
    refresh: bool = Field(True, title="Take name, department and position over at every sign-in")
    username: Claim = _claim("User name", "preferred_username")
    person_name: Claim = _claim("Name", "name")
    email: Claim = _claim("Mail address", "email")
    employee_number: Claim = _claim("Employee number")
    phone: Claim = _claim("Phone")
    department: Claim = _claim("Department, or a path such as 본사/영업팀")
    position: Claim = _claim("Position")
    groups: Claim = _claim("Groups")
    roles: Claim = _claim("Roles or groups that give roles")
    role_map: list[Line] = Field(
        default_factory=list,
        max_length=100,
        title="Which of them gives which role",
        description="One a line: value => role",
    )

    @field_validator("role_map")
    @classmethod
    def _readable(cls, lines: list[str]) -> list[str]:
        for line in lines:
            value, arrow, role = line.rpartition(ARROW)
            if not (value.strip() and arrow and role.strip()):
                raise ValueError("Write one mapping a line, as: value => role")
        return lines

    def role_pairs(self) -> Iterator[tuple[str, str]]:
        """Value and role key of each line."""
        for line in self.role_map:
            value, _, role = line.rpartition(ARROW)
            yield value.strip(), role.strip()


class OidcSettings(ProviderSettings):
    """An OpenID Connect provider."""

    issuer: Text = Field(
        title="Issuer", description="The address that its tokens name", min_length=1
    )
    client_id: Text = Field(title="Client id", min_length=1)
    client_auth: Literal["client_secret_basic", "client_secret_post", "none"] = Field(
        "client_secret_basic",
        title="How the client proves itself",
        json_schema_extra={
            "x-titles": {
                "client_secret_basic": "secret in the header",
                "client_secret_post": "secret in the body",
                "none": "not at all (public client)",
            }
        },
    )
    scopes: Text = Field("openid profile email", title="Scopes")
    algorithms: list[Algorithm] = Field(
        default=["RS256"],
        title="Signatures that are accepted",
        description="One a line, of RS256, PS256, ES256, EdDSA, RS384, RS512, ES384, ES512",
        json_schema_extra={"x-kind": "lines"},
        min_length=1,
    )
    userinfo: bool = Field(True, title="Ask the service for more about the person")
    sign_out: bool = Field(False, title="Signing out here signs out there too")


class LdapSettings(ProviderSettings):
    """A directory: LDAP or Active Directory."""

    hosts: list[Text] = Field(
        title="Servers",
        description="One a line, as dc1.example.com or dc1.example.com:636; the next is asked "
        "where one is away",
        min_length=1,
        max_length=5,
    )
    security: Literal["ldaps", "starttls", "none"] = Field(
        "ldaps",
        title="Encryption",
        json_schema_extra={
            "x-titles": {
                "ldaps": "LDAPS",
                "starttls": "StartTLS",
                "none": "none: passwords can be read on the way",
            }
        },
    )
    authority: Annotated[str, StringConstraints(max_length=20_000)] = Field(
        "",
        title="Certificate of the authority (PEM)",
        description="Empty: the authorities that this machine trusts",
    )
    bind_dn: Text = Field("", title="Account that searches (DN)")
    base_dn: Text = Field(title="Where people are searched (DN)", min_length=1)
    search: Text = Field(
        "(uid={username})",
        title="Search filter",
        description="{username} stands for what was typed; Active Directory: "
        "(sAMAccountName={username})",
    )
    nested_groups: bool = Field(
        True,
        title="Groups within groups count too",
        description="For memberOf: who is in a group that is in another one is in both",
    )
    group_base_dn: Text = Field(
        "",
        title="Where groups are searched (DN)",
        description="Empty: in the whole domain that people are in",
    )
    subject: Literal["entryUUID", "objectGUID"] = Field(
        "entryUUID",
        title="What never changes about a person",
        json_schema_extra={
            "x-titles": {"entryUUID": "entryUUID (LDAP)", "objectGUID": "objectGUID (AD)"}
        },
    )
    username: Claim = _claim("User name", "uid")
    person_name: Claim = _claim("Name", "cn")
    email: Claim = _claim("Mail address", "mail")
    employee_number: Claim = _claim("Employee number", "employeeNumber")
    phone: Claim = _claim("Phone", "telephoneNumber")
    position: Claim = _claim("Position", "title")
    groups: Claim = _claim("Groups", "")
    roles: Claim = _claim("Roles or groups that give roles", "memberOf")

    @field_validator("search")
    @classmethod
    def _names_a_person(cls, text: str) -> str:
        if "{username}" not in text or not (text.startswith("(") and text.endswith(")")):
            raise ValueError("A filter stands in brackets and holds {username}")
        return text
