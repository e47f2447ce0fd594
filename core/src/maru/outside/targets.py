"""Reads a URL the one way that leaves nothing to interpretation, or refuses it.

Two parsers that disagree about where a host ends are how a check is walked around. So what is
unusual (userinfo, backslashes, blanks, an address in any but its plain spelling) is refused rather
than understood, and what goes on is put together anew from the parts.
"""

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import quote, urljoin, urlsplit

import idna

from maru.outside.addresses import literal
from maru_sdk.http import AddressRefused

LONGEST: Final = 8_000
_SAFE: Final = "%/:?@!$&'()*+,;=~-._[]"
_PORTS: Final = {"http": 80, "https": 443}
_ODD: Final = re.compile(
    r"[\x00-\x20\x7f-\xa0\\^`{|}<>\"\u200b-\u200f\u2028-\u202f\ufeff\ud800-\udfff]"
)
_LABEL: Final = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
_PLAIN_V4: Final = re.compile(r"(?:(?:0|[1-9][0-9]{0,2})\.){3}(?:0|[1-9][0-9]{0,2})")


@dataclass(frozen=True)
class Target:
    """Where a request goes: a host in its plain form, and the rest of the URL."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def port_if_odd(self) -> int | None:
        """The port where it isn't the scheme's own."""
        return None if self.port == _PORTS[self.scheme] else self.port

    @property
    def authority(self) -> str:
        """Host and port as a `Host` header says them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port_if_odd is None else f"{host}:{self.port}"

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.authority}{self.path}"

    @property
    def origin(self) -> tuple[str, str, int]:
        return self.scheme, self.host, self.port

    def led_to(self, location: str) -> "Target":
        """Where a redirect leads from here; raises AddressRefused."""
        # Headers are read as Latin-1; who writes a path bare writes UTF-8.
        plain = location.encode("latin-1", "replace").decode("utf-8", "replace")
        target = read(urljoin(self.url, plain))
        if self.scheme == "https" and target.scheme != "https":
            raise AddressRefused(reason="a redirect leads from https to http")
        return target

    def with_query(self, query: str) -> "Target":
        """The same with more of a query."""
        joint = "&" if "?" in self.path else "?"
        return replace(self, path=f"{self.path}{joint}{query}") if query else self


def read(url: str) -> Target:
    """The parts of a URL; raises AddressRefused for all but plain http and https."""
    if len(url) > LONGEST or _ODD.search(url):
        raise AddressRefused(reason="the address holds characters that it may not hold")
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
    except ValueError:
        raise AddressRefused(reason="the address is malformed") from None
    if parts.scheme not in _PORTS:
        raise AddressRefused(reason="only http and https may be called")
    if "@" in parts.netloc or port == 0:
        raise AddressRefused(reason="the address names a user or port 0")
    path = parts._replace(scheme="", netloc="", fragment="").geturl() or "/"
    if not path.startswith("/"):
        path = f"/{path}"
    if path.startswith("//"):
        path = f"/.{path}"
    plain = quote(path, safe=_SAFE)
    return Target(parts.scheme, _host(parts.netloc, host), port or _PORTS[parts.scheme], plain)


def _host(netloc: str, host: str) -> str:
    if netloc.startswith("["):
        address = literal(host)
        if address is None or "%" in host:
            raise AddressRefused(reason="the address is malformed")
        return str(address)
    plain = _ascii(host).removesuffix(".")
    labels = plain.split(".")
    if _NUMBER.fullmatch(labels[-1]):
        if not _PLAIN_V4.fullmatch(plain) or literal(plain) is None:
            raise AddressRefused(reason="an address is written as four plain numbers")
        return plain
    if len(plain) > 253 or not all(_LABEL.fullmatch(label) for label in labels):
        raise AddressRefused(reason="the address names no host")
    return plain


def _ascii(host: str) -> str:
    """The host as it is asked of a name server: lower case, IDNA, no look-alikes of dots or
    digits."""
    plain = unicodedata.normalize("NFKC", host).replace("。", ".").lower()
    if plain.isascii():
        return plain
    try:
        return idna.encode(plain, uts46=True).decode()
    except idna.IDNAError:
        raise AddressRefused(reason="the address names no host") from None
