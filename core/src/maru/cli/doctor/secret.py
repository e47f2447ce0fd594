"""What the doctor says of the secret key: there, hard to guess, and the one that the database was
sealed with. Nothing of the key itself is ever printed."""

from __future__ import annotations

import asyncio

import asyncpg

from maru.cli.doctor.finding import Finding, fault, fine, note
from maru.crypto.keys import SECRET_FILE, Keys
from maru.crypto.vault import PURPOSE
from maru.db.connection import connector
from maru.settings import Settings

_SUBJECT = "secret key"
_SETTING = "MARU_SECRET_KEY"
_LETTERS = 12
_PATIENCE = 5.0
_KNOWN = "SELECT name FROM maru.secret_check WHERE purpose = $1"
_UNREACHABLE = (OSError, asyncpg.PostgresError, TimeoutError)


async def secret_findings(settings: Settings) -> list[Finding]:
    """Present, strong, and the right one."""
    kept = settings.data / SECRET_FILE
    given = settings.secret_key or (
        await asyncio.to_thread(kept.read_text) if kept.is_file() else ""
    )
    if not given:
        mend = f"set {_SETTING} to 32 or more random characters, and keep it apart from backups"
        return [note(_SUBJECT, "there is none yet: one is drawn at the first start", mend)]
    if len(given.encode()) < 32 or len(set(given)) < _LETTERS:
        mend = f'{_SETTING}="$(openssl rand -hex 32)"; then see "Rotation" in docs/secrets.md'
        return [fault(_SUBJECT, "can be guessed: it has too few different characters", mend)]
    findings = [_kept(settings)]
    if settings.database_url:
        findings += await _sealed(settings, Keys(given.encode()))
    return findings


def _kept(settings: Settings) -> Finding:
    if settings.secret_key:
        return fine(_SUBJECT, f"set by {_SETTING}")
    state = f"kept in {settings.data / SECRET_FILE}"
    if settings.demo:
        return fine(_SUBJECT, state)
    mend = f"with more than one machine give all of them the same {_SETTING}"
    return note(_SUBJECT, state, mend)


async def _sealed(settings: Settings, keys: Keys) -> list[Finding]:
    """Whether the database was sealed with this key; silent where it can't be asked, which is
    another finding's to say."""
    open_connection = connector(
        settings.database_url, application="maru doctor", pooled=True, timeout=_PATIENCE
    )
    try:
        connection = await open_connection()
        try:
            known = await connection.fetchval(_KNOWN, PURPOSE)
        finally:
            await connection.close(timeout=_PATIENCE)
    except _UNREACHABLE:
        return []
    return [_judged(settings, keys, known)]


def _judged(settings: Settings, keys: Keys, known: str | None) -> Finding:
    subject = "sealed secrets"
    if known is None:
        return fine(subject, "nothing was sealed yet")
    if known == keys.name(PURPOSE):
        return fine(subject, "open with this secret key")
    old = settings.secret_key_old
    if old and known == Keys(old.encode()).name(PURPOSE):
        state = f"are still sealed under {_SETTING}_OLD"
        return note(subject, state, "maru keys data rewrap")
    mend = f"set {_SETTING} to the former one, or that as {_SETTING}_OLD: `maru keys data rewrap`"
    return fault(subject, "were sealed under another secret key and don't open", mend)
