"""`/admin/addresses`."""

from typing import Any

from pydantic import Field

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.addresses import service
from maru.admin.addresses.lists import AddressLists
from maru.admin.service import call_of
from maru_sdk import Context, Model, Redirect, action, page

HERE = "/admin/addresses"


class AddressesForm(Model):
    """Both lists, one network a line."""

    allow: list[str] = Field(
        default_factory=list,
        title="Allowed networks",
        description="One address or network a line. Leave this empty to allow all.",
        max_length=200,
    )
    block: list[str] = Field(
        default_factory=list,
        title="Blocked networks",
        description="These may not come, even from an allowed network.",
        max_length=200,
    )


class AddressesView(Model):
    """The page: the form and the reader's own address."""

    form_schema: dict[str, Any]
    start: dict[str, Any]
    address: str


@page("/addresses", title="Addresses", needs=SETTINGS_MANAGE, template="maru/admin/addresses.html")
async def addresses(ctx: Context) -> AddressesView:
    """From where the admin area may be used."""
    kept, address = await service.kept(ctx), call_of(ctx).address
    schema = AddressesForm.model_json_schema()
    return AddressesView(form_schema=schema, start=kept.model_dump(), address=address or "")


@action("/addresses", needs=SETTINGS_MANAGE, again=addresses)
async def change_addresses(ctx: Context, form: AddressesForm) -> Redirect:
    """Stores both lists."""
    lines = {name: [one.strip() for one in given if one.strip()] for name, given in form}
    await service.changed(ctx, AddressLists(**lines))
    return Redirect(to=HERE, message=call_of(ctx).t("The lists are saved"))


PAGES = (addresses, change_addresses)
