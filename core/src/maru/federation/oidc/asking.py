"""Questions to a provider: always outside a transaction, never led elsewhere, never much."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import urlsplit
from uuid import UUID

import orjson

from maru.federation.errors import ProviderAway
from maru.outside import Ask, Outside
from maru_sdk import MaruError

PLUGIN: Final = "auth"
SECONDS: Final = 8.0
DOCUMENT: Final = 500_000


class Asking(Protocol):
    """Asks one provider of one tenant for a JSON document."""

    async def __call__(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] = ...,
        content: bytes | None = None,
    ) -> "Said": ...


@dataclass(frozen=True, slots=True, repr=False)
class Said:
    """What the other side said: a status and an object."""

    status: int
    content: dict[str, Any]


class Way:
    """The way to providers."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside

    def fit(self, url: str) -> bool:
        """Whether an address may be used at all: encrypted, or opened by the operator."""
        try:
            parts = urlsplit(url)
            host = parts.hostname or ""
        except ValueError:
            return False
        return parts.scheme == "https" or (parts.scheme == "http" and self._outside.opens(host))

    def of(self, tenant_id: UUID) -> Asking:
        """Questions in the name of this tenant."""

        async def ask(
            method: str,
            url: str,
            *,
            headers: Mapping[str, str] | None = None,
            content: bytes | None = None,
        ) -> Said:
            asked = Ask(
                tenant_id=tenant_id,
                plugin=PLUGIN,
                method=method,
                url=url,
                seconds=SECONDS,
                limit=DOCUMENT,
                headers={"accept": "application/json", **(headers or {})},
                content=content,
                redirects=0,
            )
            return await self._said(asked)

        return ask

    async def _said(self, asked: Ask) -> Said:
        if not self.fit(asked.url):
            raise ProviderAway(f"{asked.url} is neither encrypted nor opened")
        try:
            answer = await self._outside.call(asked)
        except MaruError as error:
            raise ProviderAway(f"{asked.url}: {error}") from error
        try:
            content = await asyncio.to_thread(orjson.loads, answer.body)
        except orjson.JSONDecodeError:
            content = None
        if not isinstance(content, dict):
            raise ProviderAway(f"{asked.url} answers with status {answer.status} and no object")
        return Said(answer.status, content)
