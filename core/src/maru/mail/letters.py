"""Makes the bytes of a mail: everything but who it is for is made once, whoever it goes to."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from html.parser import HTMLParser
from typing import Final

from maru.mail.addresses import Mailbox, one_line
from maru_sdk.mail import Attachment, MailRefused

LARGEST: Final = 10_000_000
POLICY: Final = SMTP.clone(cte_type="7bit")  # some relays still spoil anything else
LONGEST_SUBJECT: Final = 500
LONGEST_TEXT: Final = 1_000_000
_TYPE: Final = re.compile(r"([a-z0-9][a-z0-9!#$&^_.+-]{0,60})/([a-z0-9][a-z0-9!#$&^_.+-]{0,100})")
_NOT_FILES: Final = frozenset({"multipart", "message"})
_BLOCKS: Final = frozenset(
    {"p", "div", "br", "tr", "table", "ul", "ol", "li", "h1", "h2", "h3", "h4", "hr", "blockquote"}
)
_UNSEEN: Final = frozenset({"style", "script", "head", "title"})


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail before anybody's address is on it."""

    sender: Mailbox
    subject: str
    text: str
    html: str | None = None
    reply_to: Mailbox | None = None
    attachments: Sequence[Attachment] = ()
    written: datetime
    unsubscribe: str = ""
    """Where a click of the reader's mail program ends such mails (RFC 8058)."""

    def check(self) -> None:
        """Raise MailRefused for what can't go into a mail."""
        if not one_line(self.subject, "subject") or len(self.subject) > LONGEST_SUBJECT:
            raise MailRefused(field="subject", reason="it has no subject, or an endless one")
        if max(len(self.text), len(self.html or "")) > LONGEST_TEXT:
            raise MailRefused(field="text", reason="its text is too long")
        if "\x00" in self.text or "\x00" in (self.html or ""):
            raise MailRefused(field="text", reason="a control character")
        if sum(len(one.content) for one in self.attachments) > LARGEST:
            raise MailRefused(field="attachments", reason="they are larger than 10 MB")
        for one in self.attachments:
            _parts(one)

    def packed(self) -> bytes:
        """The message, without `To` and `Message-ID`."""
        message = EmailMessage(policy=POLICY)
        message["From"] = self.sender.header
        if self.reply_to is not None:
            message["Reply-To"] = self.reply_to.header
        message["Subject"] = one_line(self.subject, "subject")
        message["Date"] = format_datetime(self.written)
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(_storable(self.text))
        if self.html is not None:
            message.add_alternative(_storable(self.html), subtype="html")
        for one in self.attachments:
            main, sub, name = _parts(one)
            message.add_attachment(one.content, maintype=main, subtype=sub, filename=name)
        return self._leaving() + message.as_bytes()

    def _leaving(self) -> bytes:
        """Not by EmailMessage, which would break a long address."""
        if not self.unsubscribe:
            return b""
        post = "List-Unsubscribe-Post: List-Unsubscribe=One-Click"
        return f"List-Unsubscribe: <{self.unsubscribe}>\r\n{post}\r\n".encode("ascii")


def addressed(packed: bytes, to: Mailbox, message_id: str) -> bytes:
    """The message as it goes to one recipient."""
    head = EmailMessage(policy=POLICY)
    head["To"] = to.header
    line = head.as_bytes().rstrip(b"\r\n")
    return b"\r\n".join((f"Message-ID: <{message_id}>".encode(), line, packed))


def _parts(one: Attachment) -> tuple[str, str, str]:
    """Main type, subtype and name of a file."""
    kind = _TYPE.fullmatch(one.content_type.lower())
    if kind is None or kind[1] in _NOT_FILES:
        raise MailRefused(field="attachments", reason="not a type of file")
    name = one_line(one.name, "attachments").replace("/", "_").replace("\\", "_")
    if not name or len(name) > 255:
        raise MailRefused(field="attachments", reason="a file needs a name")
    return kind[1], kind[2], name


def _storable(text: str) -> str:
    """Text that UTF-8 takes: no half of a surrogate pair."""
    return text.encode("utf-8", "replace").decode()


def text_of(html: str) -> str:
    """The words of an HTML mail, for those who read it as text."""
    reader = _Words()
    reader.feed(html)
    reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.words).split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


class _Words(HTMLParser):
    """Collects words; a link keeps its address behind it."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._unseen = 0
        self._links: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in _UNSEEN
        if tag in _BLOCKS:
            self.words.append("\n- " if tag == "li" else "\n")
        if tag == "a":
            self._links.append(dict(attrs).get("href") or "")

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in _UNSEEN and self._unseen > 0
        if tag in _BLOCKS:
            self.words.append("\n")
        if tag == "a" and self._links:
            link = self._links.pop()
            if link and link not in "".join(self.words[-3:]):
                self.words.append(f" ({link})")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.words.append(" ".join(data.split("\n")))
