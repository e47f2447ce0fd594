"""A running Maru with a plugin that owns files, and somebody who speaks tus."""

import base64
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from tests.engines import Engines, copy_of, settings_for
from tests.plugins.shelf import GUARD, Shelf

from maru.testing import TestCompany, TestKit, kit_on
from maru_sdk.db import uuid7

API = "/api/v1/files"
TUS = {"Tus-Resumable": "1.0.0"}
PIECE = {**TUS, "Content-Type": "application/offset+octet-stream"}


@pytest.fixture(scope="module")
async def kit(
    engines: Engines, template: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[TestKit]:
    shelf = Shelf(tmp_path_factory.mktemp("files"))
    shelf.add_kinds()
    shelf.add_project(GUARD)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(shelf.folder)
        async with (
            copy_of(engines, template) as name,
            kit_on(settings_for(engines, name, data=tmp_path_factory.mktemp("data"))) as made,
        ):
            yield made
    shelf.forget()


@pytest.fixture
async def company(kit: TestKit) -> TestCompany:
    """A company of this test."""
    return await kit.company("kinds")


@dataclass
class Sender:
    """Sends files for one thing."""

    client: Any
    on: UUID

    async def begin(self, name: str, size: int, **more: str) -> Any:
        """The answer to the beginning of an upload."""
        named = base64.b64encode(name.encode()).decode()
        headers = {**TUS, "Upload-Length": str(size), "Upload-Metadata": f"filename {named}"}
        return await self.client.post(self.url, headers={**headers, **more})

    @property
    def url(self) -> str:
        """Where uploads begin."""
        return f"{API}/uploads?kind=kinds.paper&on={self.on}"

    async def go_on(self, place: str, offset: int, content: bytes, **more: str) -> Any:
        """The answer to a piece."""
        headers = {**PIECE, "Upload-Offset": str(offset), **more}
        return await self.client.patch(place, headers=headers, content=content)

    async def send(self, name: str, content: bytes) -> Any:
        """The answer to the last request of a whole upload."""
        begun = await self.begin(name, len(content))
        if begun.status_code != 201 or not content:
            return begun
        return await self.go_on(begun.headers["location"], 0, content)

    async def sent(self, name: str, content: bytes) -> str:
        """The address of a file that was taken."""
        answer = await self.send(name, content)
        assert answer.status_code in (201, 204), answer.text
        return str(answer.headers["content-location"])

    async def files(self) -> list[dict[str, Any]]:
        """What there is."""
        answer = await self.client.get(f"{API}?kind=kinds.paper&on={self.on}")
        found: list[dict[str, Any]] = answer.json()["data"]
        return found


@pytest.fixture
async def sender(company: TestCompany) -> AsyncIterator[Sender]:
    """The admin, for a thing of this test."""
    async with company.client(company.admin) as client:
        yield Sender(client, uuid7())


@pytest.fixture
def stored(kit: TestKit, company: TestCompany) -> Any:
    """The files that the store has of the company."""

    def found() -> list[Path]:
        folder = kit.house.settings.data / "files" / str(company.tenant.id)
        return [path for path in folder.rglob("*") if path.is_file()]

    return found
