"""`/admin/mail` and `/api/v1/admin/mail/test`: whether mail leaves, told at once."""

from datetime import datetime

from maru.access.permissions import SETTINGS_MANAGE
from maru.admin.service import call_of
from maru.mail.addresses import Mailbox
from maru.mail.letters import addressed
from maru.mail.outbox import message_id
from maru.mail.post import MailRejected, MailServerAway
from maru.plugins.context import Call
from maru.plugins.outward import drawn, letter_of
from maru_sdk import Conflict, Context, Model, Redirect, action, page, post
from maru_sdk.db import uuid7

HERE = "/admin/mail"


class NoMailAddress(Conflict):
    """Whoever asks for a test mail needs an address to get it at."""

    code = "NO_MAIL_ADDRESS"
    message = "You have no mail address to send it to"


class MailTested(Model):
    """Where the test mail went, and what the server said."""

    to: str
    said: str


class MailView(Model):
    """How mail leaves."""

    scheme: str
    sender: str
    to: str


class TestMail(Model):
    """What the test mail says."""

    __test__ = False

    name: str
    moment: datetime


@page("/mail", title="Mail", needs=SETTINGS_MANAGE, template="maru/admin/mail.html")
async def mail_page(ctx: Context) -> MailView:
    """Where mail goes from here, and a button that tries it."""
    services = call_of(ctx).services
    return MailView(
        scheme=services.post.scheme,
        sender=services.mail.sender.address,
        to=await _address(call_of(ctx)),
    )


@post("/mail/test", needs=SETTINGS_MANAGE, status=200)
async def test_mail(ctx: Context) -> MailTested:
    """Sends a mail to the reader now, without the queue, and tells what the server said."""
    return await tested(ctx)


@action("/mail", needs=SETTINGS_MANAGE)
async def try_mail(ctx: Context) -> Redirect:
    """The button of the page."""
    say = call_of(ctx).t
    try:
        found = await tested(ctx)
    except (MailServerAway, MailRejected, NoMailAddress) as error:
        return Redirect(to=HERE, message=say(error.text, **error.details))
    return Redirect(to=HERE, message=say("A test mail is on its way to {to}", to=found.to))


async def tested(ctx: Context) -> MailTested:
    """Tries the mail server; raises MailServerAway or MailRejected with its words."""
    call = call_of(ctx)
    to = await _address(call)
    if not to:
        raise NoMailAddress
    model = TestMail(name=ctx.me.name, moment=ctx.now)
    html = drawn(call, "maru/mail/test.html", model)
    letter = letter_of(call, subject=call.t("A test mail of Maru"), html=html)
    name = message_id(uuid7(), 0, letter.sender.domain)
    message = addressed(letter.packed(), Mailbox(to, ctx.me.name), name)
    said = await call.services.post.send(letter.sender.address, to, message, name.partition("@")[0])
    await ctx.audit("mail.tested", "mail")
    return MailTested(to=to, said=said)


async def _address(call: Call) -> str:
    person = call.user and await call.services.people.row(call.tenant.id, call.user.id)
    return (person.email if person else None) or ""
