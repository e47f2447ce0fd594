"""Hands one message to a mail server, or to a folder where a demo keeps what it would send.

What a server says before it has heard of a message (greeting, encryption, sign-in) is about the
set-up and passes; what it says about the message is about the message.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)

from maru_sdk import InvalidInput, Temporary

PATIENCE: Final = 60.0
AT_ONCE: Final = 8
_PORTS: Final = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}
_LONGEST: Final = 500


class MailServerAway(Temporary):
    """The mail server can't be reached, doesn't let us in, or says "later"."""

    code = "MAIL_SERVER_AWAY"
    message = "The mail server isn't ready: {said}"


class NoMailServer(MailServerAway):
    """Nobody has said where mail goes."""

    code = "NO_MAIL_SERVER"
    message = "MARU_SMTP_URL isn't set; mail waits"


class MailRejected(InvalidInput):
    """The mail server refuses this message for good."""

    code = "MAIL_REJECTED"
    message = "The mail server refuses: {said}"


class Post:
    """Where mail goes from this process."""

    def __init__(self, url: str, *, patience: float = PATIENCE) -> None:
        """`smtp://`, `smtps://` or `smtp+starttls://` with `?ca=/path` for an authority of one's
        own, `file:///folder`, or nothing."""
        self._parts = urlsplit(url)
        self._patience = patience
        self._places = asyncio.Semaphore(AT_ONCE)
        authority = parse_qs(self._parts.query).get("ca", [None])[0]
        self._trust = None
        if self._parts.scheme in ("smtps", "smtp+starttls"):
            self._trust = ssl.create_default_context(cafile=authority)

    @property
    def scheme(self) -> str:
        """How it goes; empty where it doesn't."""
        return self._parts.scheme

    @property
    def bare_password(self) -> bool:
        """Whether a password would travel for everybody to read."""
        return self.scheme == "smtp" and self._parts.password is not None

    async def send(self, sender: str, to: str, message: bytes, name: str) -> str:
        """Hand over one message and return the server's words; raises MailServerAway or
        MailRejected. `name` is the message's, the same each time it is sent."""
        if not self.scheme:
            raise NoMailServer
        if self.scheme == "file":
            return await asyncio.to_thread(self._keep, message, name)
        async with self._signed_in(sender.rpartition("@")[2]) as server:
            try:
                _, said = await server.sendmail(sender, [to], message)
            except SMTPSenderRefused as refused:
                raise MailServerAway(said=_said(refused.code, refused.message)) from None
            except SMTPRecipientsRefused as refused:
                first = refused.recipients[0]
                raise _judged(first.code, first.message) from None
            except SMTPResponseException as refused:
                raise _judged(refused.code, refused.message) from None
        return said

    async def check(self) -> None:
        """Reach the server and sign in; raises MailServerAway."""
        if not self.scheme:
            raise NoMailServer
        if self.scheme == "file":
            await asyncio.to_thread(self._folder)
            return
        async with self._signed_in("localhost"):
            return

    @asynccontextmanager
    async def _signed_in(self, domain: str) -> AsyncIterator[SMTP]:
        """A connection, within the patience for all that is done with it."""
        server = SMTP(
            hostname=self._parts.hostname,
            port=self._parts.port or _PORTS[self.scheme],
            username=unquote(self._parts.username or "") or None,
            password=unquote(self._parts.password or "") or None,
            use_tls=self.scheme == "smtps",
            start_tls=self.scheme == "smtp+starttls",
            tls_context=self._trust,
            local_hostname=domain,
            timeout=self._patience,
        )
        try:
            async with asyncio.timeout(self._patience), self._places:
                await server.connect()
                yield server
                with suppress(SMTPException, OSError):
                    await server.quit()
        except TimeoutError:
            raise MailServerAway(said=f"no answer within {self._patience:g} s") from None
        except SMTPResponseException as refused:
            raise MailServerAway(said=_said(refused.code, refused.message)) from None
        except (SMTPException, OSError) as error:
            raise MailServerAway(said=str(error)[:_LONGEST] or type(error).__name__) from None
        finally:
            server.close()

    def _keep(self, message: bytes, name: str) -> str:
        """A message as a file that mail programs open; the same one again takes its place."""
        folder = self._folder()
        half = folder / f".{name}.half"
        half.write_bytes(message)
        half.replace(folder / f"{name}.eml")
        return "kept"

    def _folder(self) -> Path:
        folder = Path(unquote(self._parts.path))
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MailServerAway(said=f"{folder}: {error.strerror}") from None
        return folder


def _judged(code: int, words: str) -> MailServerAway | MailRejected:
    kind = MailRejected if code >= 500 else MailServerAway
    return kind(said=_said(code, words))


def _said(code: int, words: str) -> str:
    return f"{code} {words}"[:_LONGEST]
