"""Which addresses are outside: everything that isn't public by its number is inside.

The ranges stand here rather than being asked of `ipaddress`, whose answers differ between the
Python versions that we run on. Of IPv6 only what is really given out is taken, so everything that
carries an IPv4 address inside (mapped, compatible, translated, 6to4, Teredo) is out by its range.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_INSIDE_4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # a cloud's own service on every machine, under a public number
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/4",
        "240.0.0.0/4",
    )
)
_GIVEN_OUT_6 = IPv6Network("2000::/3")
_INSIDE_6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # Teredo, ORCHID, benchmarking
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
_ISATAP = (0x00005EFE, 0x02005EFE)

# What listens there was never meant to be spoken to in HTTP, and some of it obeys when it is.
PORTS = frozenset(
    {
        *(1, 7, 9, 11, 13, 15, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 77, 79, 87, 95),
        *(101, 102, 103, 104, 109, 110, 111, 113, 115, 117, 119, 123, 135, 137, 139, 143, 161),
        *(179, 389, 427, 445, 465, 512, 513, 514, 515, 526, 530, 531, 532, 540, 548, 554, 556),
        *(563, 587, 601, 623, 636, 873, 989, 990, 993, 995, 1080, 1433, 1521, 1719, 1720, 1723),
        *(2049, 2181, 2375, 2376, 2377, 2379, 2380, 3128, 3268, 3269, 3306, 3389, 3659, 4045, 4369),
        *(5060, 5061, 5432, 5433, 5672, 5900, 5984, 6000, 6379, 6380, 6432, 6566, 6665, 6666, 6667),
        *(6668, 6669, 6697, 7000, 7001, 8086, 8500, 8600, 9000, 9042, 9092, 9100, 9160, 9200, 9300),
        *(10080, 10250, 10255, 11211, 15672, 26379, 27017, 27018, 50000, 50070, 61616),
    }
)


def public(address: Address) -> bool:
    """Whether the number is one of the world's."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _INSIDE_4)
    if address.scope_id is not None or address not in _GIVEN_OUT_6:
        return False
    if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP:
        return False
    return not any(address in network for network in _INSIDE_6)


@dataclass(frozen=True)
class Opened:
    """What an operator has opened by name or range, although it is inside."""

    names: frozenset[str] = frozenset()
    below: tuple[str, ...] = ()
    networks: tuple[Network, ...] = ()

    @classmethod
    def of(cls, words: Iterable[str]) -> "Opened":
        """`10.1.0.0/16`, `10.1.2.3`, `hr.corp` or `.corp` for all names below; ValueError for
        anything else."""
        names: set[str] = set()
        below: list[str] = []
        networks: list[Network] = []
        for word in words:
            network = _network(word)
            if network is not None:
                networks.append(network)
            elif _is_name(word.removeprefix(".")):
                (below.append if word.startswith(".") else names.add)(word.lower())
            else:
                raise ValueError(f"{word!r} is neither an address, a range nor a host name")
        return cls(frozenset(names), tuple(below), tuple(networks))

    def name(self, host: str) -> bool:
        """Whether this host is opened, whatever its addresses."""
        return host in self.names or host.endswith(self.below or ("\0",))

    def address(self, address: Address) -> bool:
        """Whether this address is opened."""
        return any(address in network for network in self.networks)

    def may(self, addresses: Sequence[Address]) -> bool:
        """Whether all of them may be called; one that may not spoils the others."""
        return bool(addresses) and all(public(one) or self.address(one) for one in addresses)


def _network(word: str) -> Network | None:
    try:
        return ip_network(word)
    except ValueError:
        return None


def _is_name(word: str) -> bool:
    labels = word.split(".")
    return all(label and label.replace("-", "a").replace("_", "a").isalnum() for label in labels)


def literal(host: str) -> Address | None:
    """The address that a host is written as, None where it is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None
