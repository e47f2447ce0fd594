"""Letters as data: what an isolated plugin leaves in the database, and what is made of it where it
is sent. Nothing in it is believed: it is read as strictly as what a trusted plugin hands over."""

from base64 import b64decode, b64encode
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from maru.mail.addresses import Mailbox, mailbox
from maru.mail.letters import Letter
from maru_sdk import Model
from maru_sdk.mail import Attachment, MailRefused


class WrittenBox(Model):
    """An address and the name that it is shown with."""

    address: str
    name: str = ""


class WrittenFile(Model):
    """An attachment; its content is Base64."""

    name: str
    content_type: str
    content: str


class Written(Model):
    """A letter without its sender, who is not the writer's to choose."""

    subject: str
    text: str
    html: str | None
    reply_to: WrittenBox | None
    attachments: list[WrittenFile]


def written(letter: Letter) -> dict[str, Any]:
    """The letter as JSON-ready data."""
    box, files = letter.reply_to, letter.attachments
    return {
        "subject": letter.subject,
        "text": letter.text,
        "html": letter.html,
        "reply_to": None if box is None else {"address": box.address, "name": box.name},
        "attachments": [
            {
                "name": one.name,
                "content_type": one.content_type,
                "content": b64encode(one.content).decode(),
            }
            for one in files
        ],
    }


def read(data: Mapping[str, Any], sender: Mailbox, moment: datetime) -> Letter:
    """The letter that such data says; raises MailRefused."""
    try:
        said = Written.model_validate({name: data.get(name) for name in Written.model_fields})
        files = [
            Attachment(
                name=one.name,
                content_type=one.content_type,
                content=b64decode(one.content, validate=True),
            )
            for one in said.attachments
        ]
    except (ValidationError, ValueError):
        raise MailRefused(field="text", reason="what is kept of it is no letter") from None
    box = said.reply_to
    letter = Letter(
        sender=sender,
        subject=said.subject,
        text=said.text,
        html=said.html,
        reply_to=None if box is None else again(Mailbox(box.address, box.name), "reply_to"),
        attachments=files,
        written=moment,
    )
    letter.check()
    return letter


def again(box: Mailbox, field: str) -> Mailbox:
    """The address, looked at once more; raises MailRefused."""
    return mailbox(f"{box.name} <{box.address}>" if box.name else box.address, field)
