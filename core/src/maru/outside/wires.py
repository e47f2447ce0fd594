"""Connections that lead only where the address was looked at: resolved once, checked, and dialled
by number, so that a name that changes its mind between the look and the call gains nothing."""

import asyncio
import socket
import ssl
from collections.abc import Awaitable, Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from httpcore2 import AnyIOBackend, AsyncNetworkBackend, AsyncNetworkStream, ConnectError

from maru.outside.addresses import PORTS, Address, Opened, literal
from maru_sdk.http import AddressRefused

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]

_THREADS: Final = 8
_NEXT: Final = 3.0  # seconds for one of several addresses


class Names:
    """Asks the system for the addresses of a name, in threads of its own: a name server that
    hangs holds up nobody else's work."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="names")

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        """The addresses, in the system's order; raises OSError."""
        ask = partial(socket.getaddrinfo, host, port, type=socket.SOCK_STREAM)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        addresses = [literal(str(sockaddr[0])) for *_, sockaddr in found]
        if None in addresses:
            raise AddressRefused(reason="the name has an odd address")
        return [address for address in dict.fromkeys(addresses) if address is not None]

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)


class Wires(AsyncNetworkBackend):
    """Dials for httpcore: `connect_tcp` is the one place where a socket to elsewhere is opened."""

    def __init__(
        self, opened: Opened, resolve: Resolve, *, beyond: tuple[str, int] | None = None
    ) -> None:
        """`beyond` is the operator's proxy, which may stand anywhere."""
        self._opened = opened
        self._resolve = resolve
        self._beyond = beyond
        self._backend = AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 (httpcore's)
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> AsyncNetworkStream:
        """Connect to one of the host's addresses, all of which have been checked."""
        addresses = await self.checked(host, port)
        fault: Exception = ConnectError("no address")
        for number, address in enumerate(addresses):
            patience = None if number == len(addresses) - 1 else _NEXT
            try:
                async with asyncio.timeout(patience):
                    return await self._backend.connect_tcp(
                        str(address), port, timeout, local_address, socket_options
                    )
            except (ConnectError, TimeoutError) as error:
                fault = error
        raise fault

    async def checked(self, host: str, port: int) -> Sequence[Address]:
        """The host's addresses, when each of them may be called; raises AddressRefused."""
        if (host, port) == self._beyond or self._opened.name(host):
            return await self._addresses(host, port)
        addresses = await self._addresses(host, port)
        if not self._opened.may(addresses):
            raise AddressRefused(host=host)
        if port in PORTS and not all(map(self._opened.address, addresses)):
            raise AddressRefused(host=host, reason=f"port {port} is not for the web")
        return addresses

    async def _addresses(self, host: str, port: int) -> Sequence[Address]:
        address = literal(host)
        if address is not None:
            return [address]
        try:
            return await self._resolve(host, port)
        except (OSError, UnicodeError) as error:
            raise ConnectError(f"the name {host} can't be resolved") from error

    async def connect_unix_socket(self, path: str, *_: Any, **__: Any) -> AsyncNetworkStream:
        """Refuse."""
        raise AddressRefused(reason="a socket of this machine")

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def trusting() -> ssl.SSLContext:
    """What certificates are checked with: the system's authorities, host names always."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
