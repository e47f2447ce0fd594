"""Mail as a plugin of core: the job that sends it."""

from maru.db.database import Database
from maru.db.scope import Scope
from maru.mail.addresses import Mailbox
from maru.mail.letters import addressed
from maru.mail.outbox import Parcel, message_id, packed, sender_for
from maru.mail.post import Post
from maru.mail.queries import MESSAGE, SENT
from maru.mail.written import again, read
from maru_sdk import Context, InvalidInput, Plugin, job
from maru_sdk.declarations import Job

KEY = "mail"
TRIES = 32
"""With the queue's back-off, from seconds to an hour, about a day."""


class MailGone(InvalidInput):
    """What a mail says isn't kept for ever."""

    code = "MAIL_GONE"
    message = "This mail is too old, its text was deleted"


def mail_plugin(database: Database, post: Post, sender: Mailbox) -> Plugin:
    """The core plugin `mail`; `sender` is who mail comes from."""
    return Plugin(title="Mail", icon="mail", jobs=[_delivery(database, post, sender)])


def _delivery(database: Database, post: Post, sender: Mailbox) -> Job:
    @job(tries=TRIES, deadline="2m")
    async def deliver_mail(ctx: Context, ask: Parcel) -> None:
        """Sends one message, and only then opens the transaction that notes it.

        A worker that dies in between sends it again under the same Message-ID.
        """
        async with database.unit(Scope(ctx.tenant.id), readonly=True) as unit:
            row = (await unit.db.execute(MESSAGE, {"id": ask.mail})).one_or_none()
        if row is None or (row.message is None and row.letter is None):
            raise MailGone
        who, to, message = row.sender, Mailbox(ask.to, ask.name), row.message
        if message is None:
            letter = read(row.letter, sender_for(sender, ctx.tenant.name), row.created_at)
            who, to, message = letter.sender.address, again(to, "to"), await packed(letter)
        name = message_id(ask.mail, ask.number, who.rpartition("@")[2])
        await post.send(
            who, to.address, addressed(bytes(message), to, name), name.partition("@")[0]
        )
        await ctx.db.execute(SENT, {"id": ask.mail})

    return deliver_mail
