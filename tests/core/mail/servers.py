"""Mail servers of every temper, each in a thread of its own."""

import email
import email.policy
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword

from maru.embedded.engine import free_port

PASSWORD = "p@ss:word/한글"


@dataclass
class MailServer:
    """Keeps what it got, and says what it is told to say to RCPT and DATA, the last for ever."""

    port: int = 0
    to_rcpt: list[str] = field(default_factory=lambda: ["250 OK"])
    to_data: list[str] = field(default_factory=lambda: ["250 taken"])
    got: list[Envelope] = field(default_factory=list)

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's)
        self, server: Any, session: Any, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        said = self.to_rcpt.pop(0) if len(self.to_rcpt) > 1 else self.to_rcpt[0]
        if said.startswith("250"):
            envelope.rcpt_tos.append(address)
        return said

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:  # noqa: N802
        self.got.append(envelope)
        return self.to_data.pop(0) if len(self.to_data) > 1 else self.to_data[0]

    @property
    def raw(self) -> list[bytes]:
        return [one.content for one in self.got if isinstance(one.content, bytes)]

    @property
    def mails(self) -> list[EmailMessage]:
        return [email.message_from_bytes(raw, policy=email.policy.default) for raw in self.raw]

    def words(self, kind: str) -> str:
        """What the only mail says as `plain` or `html`."""
        (mail,) = self.mails
        body: Any = mail.get_body((kind,))
        return str(body.get_content())

    @property
    def people(self) -> list[str]:
        return [address for one in self.got for address in one.rcpt_tos]


@contextmanager
def mail_server(
    *, tls: ssl.SSLContext | None = None, smtps: bool = False, auth: bool = False
) -> Iterator[MailServer]:
    """A running server; `tls` is for STARTTLS unless `smtps`."""
    made = MailServer(port=free_port())
    given: dict[str, Any] = {"hostname": "127.0.0.1", "port": made.port, "ready_timeout": 30}
    if tls is not None:
        given |= {"ssl_context": tls} if smtps else {"tls_context": tls, "require_starttls": True}
    if auth:
        given |= {"authenticator": _knows, "auth_required": True}
    controller = Controller(made, **given)
    controller.start()
    try:
        yield made
    finally:
        controller.stop()


def _knows(server: Any, session: Any, envelope: Any, mechanism: str, login: Any) -> AuthResult:
    assert isinstance(login, LoginPassword)
    good = (login.login, login.password) == (b"maru", PASSWORD.encode())
    return AuthResult(success=good, handled=False)


@contextmanager
def black_hole() -> Iterator[int]:
    """A port that takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(16)
        yield listening.getsockname()[1]
