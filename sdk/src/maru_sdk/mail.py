"""Mail to people inside and outside: `ctx.mail`. Import it where you need it."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from maru_sdk._errors import InvalidInput
from maru_sdk._model import Model

__all__ = ["Attachment", "Mail", "MailRefused"]


class Attachment(Model):
    """A file that goes along with a mail."""

    name: str
    content_type: str
    content: bytes


class MailRefused(InvalidInput):
    """422: an address, a subject or an attachment that can't go into a mail; `details["field"]`
    names it."""

    code = "MAIL_REFUSED"
    message = "This mail can't be sent: {reason}"


class Mail(Protocol):
    """Sends mail, in the transaction at hand: it leaves after the commit, or not at all."""

    async def send(
        self,
        *,
        to: str | Sequence[str],
        subject: str,
        text: str | None = None,
        html: str | None = None,
        template: str | None = None,
        model: Model | None = None,
        attachments: Sequence[Attachment] = (),
        reply_to: str | None = None,
    ) -> list[UUID]:
        """Puts a mail into the queue and returns its jobs, one for each of `to`.

        `to` are addresses, `a@example.com` or `김민수 <a@example.com>`; each gets a message of its
        own and sees none of the others. Give `text`, `html` or both, or a `template` of the
        plugin's with the `model` that fills it, written in the reader's language; it extends
        `maru/mail/layout.html`. Where there is no `text`, it is made of the HTML.

        A job sends, again and again for about a day while the server is away or says "later"
        (4xx). What it refuses for good (5xx) is a dead letter with its words, which an admin reads
        and sends again. A retry carries the same Message-ID. Attachments are at most 10 MB
        together, and recipients at most 100. Raises MailRefused.
        """
        ...
