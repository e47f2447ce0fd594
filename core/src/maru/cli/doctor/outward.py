"""What the doctor asks about the ways out: the mail server, and what is opened for plugins."""

from __future__ import annotations

from maru.cli.doctor.finding import Finding, fault, fine, note
from maru.mail.post import MailServerAway, Post
from maru.outside.addresses import Opened
from maru.settings import Settings

_PATIENCE = 10.0


async def outward_findings(settings: Settings) -> list[Finding]:
    return [*_opened(settings), *await _mail(settings)]


def _opened(settings: Settings) -> list[Finding]:
    try:
        Opened.of(settings.outside_allow)
    except ValueError as error:
        mend = "write addresses (10.1.2.3), ranges (10.1.0.0/16) or names (hr.corp, .corp)"
        return [fault("MARU_OUTSIDE_ALLOW", str(error), mend)]
    if settings.outside_allow:
        opened = ", ".join(settings.outside_allow)
        mend = "keep it as short as it can be: plugins reach what stands here"
        return [note("MARU_OUTSIDE_ALLOW", f"opens {opened}", mend)]
    return []


async def _mail(settings: Settings) -> list[Finding]:
    if not settings.smtp_url:
        mend = "set MARU_SMTP_URL, for example smtp+starttls://user:password@host:587"
        return [note("mail", "no server is set: mail waits for about a day, then fails", mend)]
    try:
        post = Post(settings.smtp_url, patience=_PATIENCE)
        await post.check()
    except (MailServerAway, OSError) as error:
        said = str(error).partition("\n")[0]
        return [fault("MARU_SMTP_URL", said, "start the server, or correct address and password")]
    if post.bare_password:
        mend = "use smtp+starttls:// or smtps://"
        return [note("mail", "works, but the password travels for everybody to read", mend)]
    return [fine("mail", "is kept as files" if post.scheme == "file" else "the server lets us in")]
