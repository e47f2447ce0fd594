"""The mail about a sign-in in a browser that its person had not used before. It names no address to
click: whoever forges such a mail would."""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from maru.account.notices import SignedIn, signed_in_anew
from maru.account.service import call_of
from maru.federation.tenant import KEY, SignInSettings
from maru.identity.agents import device_name
from maru.identity.people_queries import PERSON, PersonRow
from maru.identity.sessions import BrowserSession
from maru.plugins.outward import drawn
from maru_sdk import Context, Model, job

_SUBJECT: Final = "Somebody signed in as you in a new browser"


class NewDevice(Model):
    """Who signed in, where and when."""

    person: UUID
    device: str
    address: str | None
    at: datetime


class NewDeviceMail(Model):
    """What the mail says."""

    name: str
    username: str
    company: str
    device: str
    address: str
    at: datetime


@job(priority="high", deadline="1m")
async def send_new_device(ctx: Context, ask: NewDevice) -> None:
    """Tells a person that somebody has signed in as them in a new browser."""
    for person in await ctx.read(PERSON, id=ask.person):
        if person.email and person.state == "active":
            await _write(ctx, person, person.email, ask)


async def tell_of_new_device(ctx: Context, browser: BrowserSession) -> None:
    """Tells the person, and has the mail written where the tenant wants it and mail is set up; who
    signs in waits for none of it."""
    call = call_of(ctx)
    if not browser.new_device:
        return
    said = SignedIn(device=device_name(call.agent), address=call.address or "")
    await call.ctx("core").notify(signed_in_anew, said, to=browser.caller.person_id, myself=True)
    if not call.services.post.scheme:
        return
    settings = await call.services.settings_store.get(ctx.tenant.id, KEY, SignInSettings)
    if settings.new_device_mail:
        ask = NewDevice(
            person=browser.caller.person_id,
            device=device_name(call.agent),
            address=call.address,
            at=ctx.now,
        )
        await call.ctx("core").jobs.enqueue(send_new_device, ask)


async def _write(ctx: Context, person: PersonRow, to: str, ask: NewDevice) -> None:
    """In the reader's language and time zone."""
    call = call_of(ctx)
    tenant = ctx.tenant.model_copy(update={"timezone": person.timezone})
    own = replace(call, tenant=tenant, user=None, locale=person.locale, _contexts={})
    model = NewDeviceMail(
        name=person.name,
        username=person.username,
        company=ctx.tenant.name,
        device=ask.device,
        address=ask.address or "",
        at=ask.at,
    )
    html = drawn(own, "maru/mail/new_device.html", model)
    await own.ctx("core").mail.send(to=to, subject=own.t(_SUBJECT), html=html)
