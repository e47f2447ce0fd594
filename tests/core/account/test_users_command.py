"""`maru users`, as an operator types it."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import pytest
from click.testing import CliRunner, Result
from tests.core.account.conftest import slug_of
from tests.core.identity.company import PASSWORD, Company, eventually

from maru.cli.users import command
from maru.house import House
from maru.identity.errors import InvalidCredentials, TokenInvalid
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
