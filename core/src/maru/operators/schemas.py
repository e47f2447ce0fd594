"""What operators ask for, and what they see."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints

from maru.portal.packs import LayoutPack
from maru.tenancy.models import State
from maru_sdk import Model

MOST = 10**15
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200)]
Slug = Annotated[str, StringConstraints(max_length=63)]
Text = Annotated[str, StringConstraints(max_length=200)]
Domain = Annotated[str, StringConstraints(max_length=253)]
Note = Annotated[str, StringConstraints(strip_whitespace=True, max_length=500)]
Secret = Annotated[str, StringConstraints(max_length=1_000)]
Limit = Annotated[int, Field(ge=0, le=MOST)]
Locale = Literal["ko", "en"]


class Quotas(Model):
    """How much a tenant may have; none is without end. `people` are active ones, `storage` bytes,
    `jobs` how many may be at work at a time."""

    people: Limit | None = None
    storage: Limit | None = None
    jobs: Annotated[int, Field(ge=1, le=MOST)] | None = None


class Usage(Model):
    """What a tenant had when the scheduler last looked."""

    people: int
    storage: int
    jobs: int
    measured_at: datetime


class TenantLine(Model):
    """A tenant as operators see it."""

    id: UUID
    slug: str
    name: str
    domain: str | None
    locale: str
    timezone: str
    state: State
    state_note: str | None
    delete_after: datetime | None
    created_at: datetime
    quotas: Quotas
    usage: Usage | None


class FirstAdmin(Model):
    """The tenant's first administrator; the password has to be changed at the first sign-in."""

    username: Annotated[str, StringConstraints(max_length=64)]
    name: Name
    email: Annotated[str, StringConstraints(max_length=254)] | None = None
    password: Secret = Field(repr=False)


class NewTenant(Model):
    """What a tenant is made of."""

    slug: Slug
    name: Name
    locale: Locale = "ko"
    timezone: Text = "Asia/Seoul"
    domain: Domain | None = None
    quotas: Quotas = Quotas()
    admin: FirstAdmin | None = None


class TenantChange(Model):
    """What is to be otherwise; a field that is left out stays."""

    name: Name | None = None
    locale: Locale | None = None
    timezone: Text | None = None
    domain: Domain | None = None
    quotas: Quotas | None = None


class Suspension(Model):
    """What the tenant's people are told."""

    note: Note = ""


class Leaving(Model):
    """A tenant is deleted when its slug is typed, and erased after the days of grace."""

    slug: Slug
    days: Annotated[int, Field(ge=0, le=365)] = 30


class ExportAsk(Model):
    """With a passphrase the archive can be imported by an installation with another secret."""

    passphrase: Annotated[str, StringConstraints(min_length=12, max_length=200)] | None = Field(
        default=None, repr=False
    )


class LayoutAsk(Model):
    """One portal page for several tenants: that of everybody, or of the role with this key. With
    `dry_run` it is only said what would change."""

    pack: LayoutPack
    tenants: Annotated[list[Slug], Field(min_length=1, max_length=1_000)]
    role: Annotated[str, StringConstraints(max_length=64)] | None = None
    dry_run: bool = False


class Told(Model):
    """Why a task failed; `text` and `details` say it in the reader's language."""

    model_config = ConfigDict(extra="ignore")

    code: str
    message: str
    text: str = Field(default="", exclude=True)
    details: dict[str, Any] = Field(default_factory=dict, exclude=True)


class TaskLine(Model):
    """Something that was asked for, and how it goes."""

    id: UUID
    kind: str
    tenant: UUID
    slug: str
    operator: str | None
    state: Literal["waiting", "running", "done", "failed"]
    progress: dict[str, Any] | None
    result: dict[str, Any] | None
    error: Told | None
    created_at: datetime
    finished_at: datetime | None


class ArchiveLink(Model):
    """Where an archive can be had: once, until then."""

    url: str
    expires_at: datetime


class TrailLine(Model):
    """A line of the installation's trail."""

    id: UUID
    created_at: datetime
    operator: str | None
    action: str
    target: str
    tenant: UUID | None
    address: str | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None
