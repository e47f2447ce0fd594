"""Which addresses may come: lists of networks, judged from memory before anybody is known."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final

from maru.api.errors import AddressRefused

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_MAPPED: Final = IPv6Network("::ffff:0:0/96")
_MEMORY: Final = 4096


@lru_cache(_MEMORY)
def address_of(text: str) -> Address | None:
    """The address that a text names, an IPv4 one that came in IPv6's clothes as itself; also with
    the port or zone that some proxies leave at it. None where it names none."""
    text = text.strip().partition("%")[0]
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        found = ip_address(text)
    except ValueError:
        return None
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return mapped or found


def network_of(text: str) -> Network:
    """The network that a text names (`10.0.0.0/8`, `2001:db8::/32`, one address); ValueError."""
    found = ip_network(text.strip(), strict=False)
    if isinstance(found, IPv6Network) and found.subnet_of(_MAPPED):
        inside = IPv4Address(int(found.network_address) & 0xFFFF_FFFF)
        return IPv4Network((inside, found.prefixlen - 96))
    return found


@dataclass(frozen=True, slots=True)
class Lists:
    """Networks that may come, where any are named, and networks that may not."""

    allow: tuple[Network, ...] = ()
    block: tuple[Network, ...] = ()

    @classmethod
    def of(cls, allow: Iterable[str], block: Iterable[str]) -> "Lists":
        """The lists of these texts; a ValueError names the one that is no network."""
        return cls(tuple(_networks(allow)), tuple(_networks(block)))

    def permits(self, address: str) -> bool:
        """Whether this address may come. Blocked goes before allowed; who names no address comes
        where none is asked for."""
        if not self.allow and not self.block:
            return True
        found = address_of(address)
        if found is None:
            return not self.allow
        if any(found in network for network in self.block):
            return False
        return not self.allow or any(found in network for network in self.allow)

    def admit(self, address: str) -> None:
        """Raises AddressRefused for an address that may not come."""
        if not self.permits(address):
            raise AddressRefused(address=address)


ANYWHERE: Final = Lists()


@lru_cache(_MEMORY)
def lists_of(allow: tuple[str, ...], block: tuple[str, ...]) -> Lists:
    """The same lists, made once."""
    return Lists.of(allow, block)


def _networks(texts: Iterable[str]) -> Iterator[Network]:
    for text in texts:
        try:
            yield network_of(text)
        except ValueError:
            raise ValueError(f"{text!r} is no address or network") from None


def within(address: str, networks: Sequence[Network]) -> bool:
    """Whether a text names an address of these networks."""
    found = address_of(address)
    return found is not None and any(found in network for network in networks)
