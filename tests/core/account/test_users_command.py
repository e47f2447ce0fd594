"""`maru users`, as an operator types it."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import bcrypt
import pytest
from click.testing import CliRunner, Result
from tests.core.account.conftest import slug_of
from tests.core.identity.company import PASSWORD, Company, eventually

from maru.cli.signing_keys import command as signing_keys
from maru.cli.users import command
from maru.house import House
from maru.identity.errors import InvalidCredentials, PasswordChangeRequired, TokenInvalid
from maru.settings import Settings

Type = Callable[..., Any]
NEW = "a sentence that is new"


@pytest.fixture
def typed(settings: Settings, company: Company, monkeypatch: pytest.MonkeyPatch) -> Type:
    """Runs `maru users …` for the company."""
    for name in ("database_url", "redis_queue_url", "redis_cache_url", "redis_live_url"):
        monkeypatch.setenv(f"MARU_{name.upper()}", getattr(settings, name))
    monkeypatch.setenv("MARU_SECRET_KEY", settings.secret_key)

    async def run(*words: str) -> Result:
        line = [*words, "--tenant", slug_of(company)]
        return await asyncio.to_thread(CliRunner().invoke, command, line)

    return run


async def test_list(typed: Type, company: Company) -> None:
    (one,) = json.loads((await typed("list", "--json")).stdout)
    assert (one["id"], one["username"]) == (str(company.alice), "Alice")
    assert "password" not in str(one)
    assert "김하늘" in (await typed("list")).stdout


async def test_create(typed: Type, house: House, company: Company) -> None:
    words = ("create", "Bob", "--name", "박민수", "--password", NEW, "--role", "admin")
    made = await typed(*words)
    assert made.exit_code == 0, made.output
    tokens = await house.sessions.login(company.id, "bob", NEW)
    granted = await house.rights.granted(company.id, tokens.caller.person_id)
    assert granted.roles == ("admin",)
    again = await typed(*words)
    assert again.exit_code == 1
    assert "already a user Bob" in again.output


@pytest.mark.parametrize(
    ("username", "password"), [("bob", "short"), ("bob", "password"), ("a b", NEW), ("", NEW)]
)
async def test_create_refuses(typed: Type, username: str, password: str) -> None:
    refused = await typed("create", username, "--name", "박민수", "--password", password)
    assert refused.exit_code == 1
    assert "Traceback" not in refused.output


async def test_create_takes_a_hash_over(typed: Type, house: House, company: Company) -> None:
    hashed = bcrypt.hashpw(NEW.encode(), bcrypt.gensalt(4)).decode()
    made = await typed("create", "carol", "--name", "박민수", "--hash", hashed)
    assert made.exit_code == 0, made.output
    await house.sessions.login(company.id, "carol", NEW)
    refused = await typed("create", "dave", "--name", "박민수", "--hash", "plain text")
    assert refused.exit_code == 1
    assert "no password hash" in refused.output


async def test_who_got_a_password_from_an_operator_chooses_another(
    typed: Type, house: House, company: Company
) -> None:
    made = await typed("password", "alice", "--password", NEW, "--must-change")
    assert made.exit_code == 0, made.output
    with pytest.raises(PasswordChangeRequired):
        await house.sessions.login(company.id, "alice", NEW)


async def test_signing_keys_are_replaced(typed: Type, house: House, company: Company) -> None:
    before = await house.sessions.login(company.id, "alice", PASSWORD)
    runner = CliRunner()
    for words in (["rotate"], ["list"]):
        said = await asyncio.to_thread(runner.invoke, signing_keys, words)
        assert said.exit_code == 0, said.output
    assert len(said.output.splitlines()) >= 2
    assert house.sessions.verify(before.access_token).person_id == company.alice


async def test_password_ends_every_session(typed: Type, house: House, company: Company) -> None:
    tokens = await house.sessions.login(company.id, "alice", PASSWORD)
    assert (await typed("password", "alice", "--password", NEW)).exit_code == 0
    with pytest.raises(InvalidCredentials):
        await house.sessions.login(company.id, "alice", PASSWORD)
    await house.sessions.login(company.id, "alice", NEW)

    async def ended() -> bool:
        try:
            house.sessions.verify(tokens.access_token)
        except TokenInvalid:
            return True
        return False

    await eventually(ended)


async def test_password_of_nobody(typed: Type) -> None:
    refused = await typed("password", "nobody", "--password", NEW)
    assert refused.exit_code == 1
    assert "no such user" in refused.output
