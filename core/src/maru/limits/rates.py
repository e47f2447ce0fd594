"""Rates as operators and authors write them: `30/m`, `address=300/m, user=60/h`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import Final, Literal, NamedTuple, get_args

Scope = Literal["address", "user", "token", "tenant"]
SCOPES: Final[tuple[Scope, ...]] = get_args(Scope)
_RATE: Final = re.compile(r"([1-9]\d{0,8})/([smhd])")
_SECONDS: Final = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
_HALF: Final = 64


class Rate(NamedTuple):
    """So many in so many seconds, whichever they are."""

    most: int
    seconds: int

    @classmethod
    def of(cls, text: str) -> "Rate":
        """The rate of a text such as `30/m`; ValueError for anything else."""
        found = _RATE.fullmatch(text.strip())
        if found is None:
            raise ValueError(f"{text!r} is no rate such as 30/m")
        return cls(int(found[1]), _SECONDS[found[2]])


def rates_of(text: str) -> dict[Scope, Rate]:
    """The rates of `address=300/m, user=60/h`; scopes that aren't named aren't limited."""
    found: dict[Scope, Rate] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, equals, rate = part.partition("=")
        scope = next((each for each in SCOPES if each == name.strip()), None)
        if scope is None or not equals:
            raise ValueError(f"{part!r} is no limit such as user=600/m; name {', '.join(SCOPES)}")
        found[scope] = Rate.of(rate)
    return found


@dataclass(frozen=True, slots=True)
class LimitsOf:
    """What an installation allows; a kind of request without rates isn't limited."""

    reads: Mapping[Scope, Rate] = field(default_factory=dict)
    writes: Mapping[Scope, Rate] = field(default_factory=dict)
    exports: Mapping[Scope, Rate] = field(default_factory=dict)
    sign_ins: Mapping[Scope, Rate] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if any(rate.seconds < _SECONDS["m"] for rate in self.reads.values()):
            raise ValueError("reads are limited by the minute or longer")


def network_of(address: str) -> str:
    """Whom an address stands for: in IPv6 everybody has a network of 2^64 addresses."""
    if ":" not in address:
        return address[:_HALF]
    try:
        parsed = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:_HALF]
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Address(int(parsed) >> _HALF << _HALF)) + "/64"
