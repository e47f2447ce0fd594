"""An operator's browser without a browser: its forms, with the token that each page carries."""

import json
import re
from html import unescape
from typing import Any

import httpx2 as httpx
from tests.core.operators.conftest import PASSWORD

from maru.crypto.passwords import Passwords
from maru.db.database import Database
from maru.operators.accounts import OperatorAccounts

OWN = "/operator/two-step"
STEP = "/operator/second-factor"


async def hire(system: Database, passwords: Passwords, name: str) -> str:
    """An operator of one test alone."""
    await OperatorAccounts(system, passwords).create(name, name, PASSWORD)
    return name


async def sent(
    client: httpx.AsyncClient, page: str, to: str, fields: dict[str, str] | None = None
) -> httpx.Response:
    """A form of a page, sent as a browser does."""
    shown = await client.get(page)
    assert shown.status_code == 200, (page, shown.status_code, shown.headers.get("location"))
    token = re.search(r'name="csrf-token" content="([^"]+)"', shown.text)
    assert token is not None
    return await client.post(to, data={**(fields or {}), "_csrf": token[1]})


async def with_password(client: httpx.AsyncClient, name: str) -> httpx.Response:
    """The form of the sign-in."""
    return await sent(client, "/operator", "/operator", {"username": name, "password": PASSWORD})


def key_in(page: str) -> str:
    """The secret of an app, as a page shows it to be typed."""
    return page.partition('<code class="key">')[2].partition("</code>")[0].replace(" ", "")


def question_in(page: str) -> tuple[str, dict[str, Any]]:
    """What a page asks a device: the token that comes back, and the options."""
    form = page.partition("data-passkey=")[2].partition("</form>")[0]
    options = re.search(r'data-options="([^"]+)"', form)
    token = re.search(r'name="token" value="([^"]+)"', form)
    assert options is not None
    assert token is not None
    return token[1], dict(json.loads(unescape(options[1])))
