"""Directories that are asked for a name and a password: by threads of their own, within seconds,
the next server where one is away."""

import asyncio
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, TypeVar

from maru.federation.claimed import Claimed, claimed
from maru.federation.errors import ProviderAway
from maru.federation.ldap import server
from maru.federation.ldap.connection import Spot
from maru.federation.ldap.entries import Entry, named
from maru.federation.settings import LdapSettings
from maru.outside import Outside
from maru_sdk import MaruError

T = TypeVar("T")

WITHIN: Final = 4.5
THREADS: Final = 16
_PORTS: Final = {"ldaps": 636, "starttls": 389, "none": 389}
_LONGEST: Final = 200


class Directories:
    """The directories of all tenants."""

    def __init__(self, outside: Outside) -> None:
        self._outside = outside
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="ldap")
        self._busy = 0

    def close(self) -> None:
        """Ends the threads; one that still waits for a server ends by its own time."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def account(
        self, key: str, settings: LdapSettings, secret: str, username: str, password: str
    ) -> Claimed | None:
        """The account where the password is right; raises ProviderAway."""
        fit = 0 < len(username) <= _LONGEST and "\x00" not in username and username.isprintable()
        if not fit or not password or "\x00" in password:
            return None

        def prove(spot: Spot) -> Entry | None:
            return server.proved(spot, settings, secret, username, password)

        entry = await self._asked(settings, prove)
        return None if entry is None else _account(key, settings, entry)

    async def counted(self, settings: LdapSettings, secret: str) -> int:
        """How many people the directory shows, up to a hundred; raises ProviderAway."""

        def count(spot: Spot) -> int:
            return server.counted(spot, settings, secret)

        return await self._asked(settings, count)

    async def _asked(self, settings: LdapSettings, ask: Callable[[Spot], T]) -> T:
        """What the first server says that can be asked."""
        if self._busy >= THREADS:
            raise ProviderAway("too many questions to directories are under way")
        fault = ProviderAway("no server")
        try:
            async with asyncio.timeout(WITHIN):
                async for spot in self._spots(settings):
                    try:
                        return await self._in_thread(partial(ask, spot))
                    except ProviderAway as error:
                        fault = error
        except TimeoutError:
            raise ProviderAway(f"no answer within {WITHIN:g} s") from None
        raise fault

    async def _in_thread(self, ask: Callable[[], T]) -> T:
        self._busy += 1
        asked = asyncio.get_running_loop().run_in_executor(self._threads, ask)
        asked.add_done_callback(self._done)
        return await asyncio.shield(asked)

    def _done(self, asked: "asyncio.Future[T]") -> None:
        self._busy -= 1
        if not asked.cancelled():
            asked.exception()  # nobody may be waiting for it any more

    async def _spots(self, settings: LdapSettings) -> AsyncIterator[Spot]:
        """The servers by number, each checked before it is dialled."""
        for listed in settings.hosts:
            host, port = _parted(listed, _PORTS[settings.security])
            try:
                addresses = await self._outside.addresses(host, port)
            except MaruError as error:
                if listed == settings.hosts[-1]:
                    raise ProviderAway(f"{host}: {error}") from error
                continue
            yield Spot(host, str(addresses[0]), port)


def _parted(named: str, port: int) -> tuple[str, int]:
    host, colon, digits = named.rpartition(":")
    return (host, int(digits)) if colon and digits.isdecimal() else (named, port)


def _account(key: str, settings: LdapSettings, entry: Entry) -> Claimed:
    """What the directory tells; whoever may write to it decides, so its addresses are verified."""
    claims = {
        name: entry.attributes[name.lower()]
        for name in named(settings)
        if name.lower() in entry.attributes
    }
    return claimed(
        settings, claims, issuer=f"ldap:{key}", subject=entry.subject, email_verified=True
    )
