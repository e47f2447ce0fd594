"""The forms on operators' pages and what the pages show. A form is flat where the API's model
isn't, and counts storage in megabytes."""

from typing import Annotated, Any, Self

from pydantic import Field, StringConstraints

from maru.operators.schemas import (
    Domain,
    ExportAsk,
    FirstAdmin,
    Leaving,
    Locale,
    Name,
    NewTenant,
    Note,
    Quotas,
    Secret,
    Slug,
    Suspension,
    TaskLine,
    TenantChange,
    TenantLine,
    Text,
    TrailLine,
)
from maru_sdk import Model

MEGABYTE = 1_000_000
_LANGUAGES: dict[str, Any] = {"x-titles": {"ko": "한국어", "en": "English"}}
Count = Annotated[int, Field(ge=0, le=10**9)]


class QuotaFields(Model):
    """What a tenant may have; left empty: as much as it likes."""

    people: Count | None = Field(default=None, title="People at most")
    megabytes: Count | None = Field(default=None, title="Storage at most, in megabytes")
    jobs: Annotated[int, Field(ge=1, le=10**9)] | None = Field(
        default=None, title="Jobs at work at most"
    )

    def quotas(self) -> Quotas:
        """The same as the API has it."""
        storage = None if self.megabytes is None else self.megabytes * MEGABYTE
        return Quotas(people=self.people, storage=storage, jobs=self.jobs)


class TenantFields(QuotaFields):
    """What can be changed of a tenant."""

    name: Name = Field(title="Name")
    domain: Domain | None = Field(
        default=None,
        title="Domain",
        description="A host name of its own; it is found under its short name in any case.",
    )
    locale: Locale = Field(default="ko", title="Language", json_schema_extra=_LANGUAGES)
    timezone: Text = Field(default="Asia/Seoul", title="Time zone")


class ChangeForm(TenantFields):
    """The form of what can be changed."""

    def asked(self) -> TenantChange:
        """The same as the API has it."""
        return TenantChange(
            name=self.name,
            domain=self.domain,
            locale=self.locale,
            timezone=self.timezone,
            quotas=self.quotas(),
        )


class FormView(Model):
    """A page that is one form."""

    form_schema: dict[str, Any]


class NewTenantForm(TenantFields):
    """The form for a new tenant. Without an administrator's user name it begins without people."""

    slug: Slug = Field(
        title="Short name",
        description="Small letters, digits and hyphens: the first part of its host name.",
    )
    admin_username: Annotated[str, StringConstraints(max_length=64)] | None = Field(
        default=None, title="First administrator: user name"
    )
    admin_name: Annotated[str, StringConstraints(max_length=200)] | None = Field(
        default=None, title="First administrator: name"
    )
    admin_password: Secret | None = Field(
        default=None,
        repr=False,
        title="First administrator: password",
        description="It has to be changed at the first sign-in.",
        json_schema_extra={"x-kind": "password", "x-autocomplete": "new-password"},
    )

    @classmethod
    def shown(cls) -> FormView:
        """The page of this form."""
        return FormView(form_schema=_in_order(cls, _FIRST))

    def asked(self) -> NewTenant:
        """The same as the API has it."""
        admin = None
        if self.admin_username:
            name = self.admin_name or self.admin_username
            admin = FirstAdmin(
                username=self.admin_username, name=name, password=self.admin_password or ""
            )
        return NewTenant(
            slug=self.slug,
            name=self.name,
            domain=self.domain,
            locale=self.locale,
            timezone=self.timezone,
            quotas=self.quotas(),
            admin=admin,
        )


class SuspendForm(Model):
    """What the tenant's people are told."""

    note: Note = Field(default="", title="What its people are told")

    def asked(self) -> Suspension:
        """The same as the API has it."""
        return Suspension(note=self.note)


class DeleteForm(Model):
    """The slug once more, and how long there is to think better of it."""

    slug: Slug = Field(title="Type the short name to confirm")
    days: Annotated[int, Field(ge=0, le=365)] = Field(default=30, title="Days of grace")

    def asked(self) -> Leaving:
        """The same as the API has it."""
        return Leaving(slug=self.slug, days=self.days)


class ExportForm(Model):
    """How the archive is sealed."""

    passphrase: Annotated[str, StringConstraints(min_length=12, max_length=200)] | None = Field(
        default=None,
        repr=False,
        title="Passphrase",
        description="Without one, only an installation with the same secret key can import it.",
        json_schema_extra={"x-kind": "password", "x-autocomplete": "new-password"},
    )

    def asked(self) -> ExportAsk:
        """The same as the API has it."""
        return ExportAsk(passphrase=self.passphrase)


class TenantsView(Model):
    """The page of all tenants."""

    tenants: list[TenantLine]
    page: int
    pages: int


class TenantView(Model):
    """The page of one tenant with its forms."""

    tenant: TenantLine
    tasks: list[TaskLine]
    change_schema: dict[str, Any]
    change: dict[str, Any]
    suspend_schema: dict[str, Any]
    export_schema: dict[str, Any]
    delete_schema: dict[str, Any]

    @classmethod
    def of(cls, tenant: TenantLine, tasks: list[TaskLine]) -> Self:
        """The page of this tenant."""
        quotas = tenant.quotas
        held = tenant.model_dump(include={"name", "domain", "locale", "timezone"})
        storage = None if quotas.storage is None else quotas.storage // MEGABYTE
        held |= {"people": quotas.people, "megabytes": storage, "jobs": quotas.jobs}
        return cls(
            tenant=tenant,
            tasks=tasks,
            change_schema=_in_order(ChangeForm, _FIRST[1:]),
            change=held,
            suspend_schema=SuspendForm.model_json_schema(),
            export_schema=ExportForm.model_json_schema(),
            delete_schema=DeleteForm.model_json_schema(),
        )


class TaskListView(Model):
    """The part of a tenant's page that shows what was asked for it."""

    tasks: list[TaskLine]


class TasksView(Model):
    """The page of tasks."""

    tasks: list[TaskLine]
    newer: str
    older: str


class TrailView(Model):
    """The page of the installation's trail."""

    lines: list[TrailLine]
    newer: str
    older: str


_FIRST = ("slug", "name", "domain", "locale", "timezone")


def _in_order(model: type[Model], first: tuple[str, ...]) -> dict[str, Any]:
    """A form's schema with these fields at its beginning."""
    schema = model.model_json_schema()
    fields = schema["properties"]
    rest = {name: part for name, part in fields.items() if name not in first}
    return {**schema, "properties": {name: fields[name] for name in first} | rest}
