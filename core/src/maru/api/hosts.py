"""Which tenant a request belongs to: the host decides, a header only where the host names none."""

import re
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address
from typing import Final, Protocol

from maru.api.addresses import network_of, within
from maru.api.errors import BadHost, TenantConflict, TenantNotFound
from maru.api.exchange import Exchange
from maru.tenancy.queries import Listed
from maru.tenancy.tenants import refusal_of
from maru_sdk import MaruError, Tenant

_LABEL: Final = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST: Final = re.compile(rf"({_LABEL}(?:\.{_LABEL})*|\[[0-9a-f:.]{{2,45}}\])(?::(\d{{1,5}}))?")
_ADDRESS: Final = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}|\[.*\]")
_NUMERIC: Final = re.compile(r"[\d.]+")
_MEMORY: Final = 4096


class Tenants(Protocol):
    """The directory of tenants, in this process."""

    def by_host(self, host: str) -> Tenant | None:
        """The tenant of a host name, without port."""
        ...

    def by_slug(self, slug: str) -> Tenant | None:
        """The tenant of a slug."""
        ...

    def held_at(self, host: str) -> Listed | None:
        """The tenant of a host name that isn't served."""
        ...

    def held_as(self, slug: str) -> Listed | None:
        """The tenant of a slug that isn't served."""
        ...


def host_of(header: bytes | None) -> str:
    """The host name of a `Host` header, lower case and without port; raises BadHost."""
    if not header or len(header) > 261:
        raise BadHost
    found = _HOST.fullmatch(header.decode("latin-1").lower())
    if found is None or not _port(found[2]):
        raise BadHost
    return _checked(found[1])


def _port(text: str | None) -> bool:
    return text is None or 0 < int(text) < 65536


def _checked(name: str) -> str:
    try:
        if name.startswith("["):
            IPv6Address(name[1:-1])
        elif _NUMERIC.fullmatch(name):
            ip_address(name)
    except ValueError:
        raise BadHost from None
    return name


class Hosts:
    """Reads hosts and finds their tenants; what it has parsed it remembers."""

    def __init__(
        self, tenants: Tenants, base_domain: str, forwarded_from: Sequence[str] = ()
    ) -> None:
        self._tenants = tenants
        self._base = base_domain.lower()
        self._proxies = [network_of(text) for text in forwarded_from]
        self._names: dict[bytes, str] = {}

    def read(self, exchange: Exchange) -> None:
        """Sets host, address and scheme; a proxy's word counts only from a configured one."""
        header = exchange.heads.get(b"host")
        if self._proxies and within(exchange.address, self._proxies):
            header = self._forwarded(exchange) or header
        name = self._names.get(header) if header else None
        if name is None:
            name = host_of(header)
            if len(self._names) < _MEMORY and header:
                self._names[header] = name
        exchange.host = name

    def tenant(self, exchange: Exchange) -> Tenant | None:
        """The tenant that host and header name; None where they name none."""
        asked = exchange.heads.get(b"x-maru-tenant")
        if self.names_none(exchange.host):
            return None if asked is None else self._asked(exchange, asked.decode("latin-1"))
        tenant = self._tenants.by_host(exchange.host)
        if tenant is None:
            raise _missing(exchange, self._tenants.held_at(exchange.host))
        if asked is not None and asked != tenant.slug.encode():
            raise TenantConflict
        return tenant

    def names_none(self, host: str) -> bool:
        """Whether this host is nobody's: an address, `localhost`, the base domain itself."""
        return host in ("localhost", self._base) or _ADDRESS.fullmatch(host) is not None

    def _asked(self, exchange: Exchange, slug: str) -> Tenant:
        tenant = self._tenants.by_slug(slug)
        if tenant is None:
            raise _missing(exchange, self._tenants.held_as(slug))
        return tenant

    def _forwarded(self, exchange: Exchange) -> bytes | None:
        """Takes address and scheme from a proxy's headers; gives the host it was asked for."""
        heads = exchange.heads
        chain = heads.get(b"x-forwarded-for", b"").decode("latin-1").split(",")
        for text in reversed(chain):
            if address := text.strip():
                exchange.address = address
                if not within(address, self._proxies):
                    break
        scheme = heads.get(b"x-forwarded-proto", b"").strip().lower()
        if scheme:
            exchange.secure = scheme == b"https"
        return heads.get(b"x-forwarded-host")


def _missing(exchange: Exchange, held: Listed | None) -> MaruError:
    """Why this tenant isn't served; of one that is held in its own language."""
    if held is None:
        return TenantNotFound()
    if b"accept-language" not in exchange.heads:
        exchange.locale = held.locale
    return refusal_of(held)
