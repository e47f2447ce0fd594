"""The browser's cookies: their names, their attributes and what an action that sets one returns."""

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from pydantic import Field

from maru_sdk import Redirect

MAX_AGE: Final = 30 * 86_400


class CookieRedirect(Redirect):
    """A redirect that also sets these cookies (whole `Set-Cookie` values) and headers."""

    cookies: list[str] = Field(default_factory=list)
    headers: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True)
class Cookies:
    """Cookie names and values for one request's scheme and host."""

    instance: str
    secure: bool

    @classmethod
    def of(cls, instance: str, scheme: str, host: str) -> "Cookies":
        """Those of a request; browsers hold `localhost` and its subdomains to be secure."""
        return cls(instance, scheme == "https" or _is_local(host))

    @property
    def session(self) -> str:
        """The name of the session's cookie."""
        return self._name("")

    @property
    def visitor(self) -> str:
        """The name of the cookie that binds the sign-in form to one browser."""
        return self._name("-visitor")

    def set_session(self, value: str, max_age: int = MAX_AGE) -> str:
        """The `Set-Cookie` value that signs in."""
        return self._set(self.session, value, max_age)

    def set_visitor(self, value: str) -> str:
        """The `Set-Cookie` value for a visitor."""
        return self._set(self.visitor, value, 86_400)

    @property
    def step(self) -> str:
        """The name of the cookie that holds a sign-in's ticket between two steps."""
        return self._name("-step")

    @property
    def device(self) -> str:
        """The name of the cookie by which a browser is known again after signing out."""
        return self._name("-device")

    def set_device(self, value: str, max_age: int) -> str:
        """The `Set-Cookie` value that names a browser."""
        return self._set(self.device, value, max_age)

    def set_step(self, ticket: str, max_age: int) -> str:
        """The `Set-Cookie` value that takes a sign-in to its next step."""
        return self._set(self.step, ticket, max_age)

    def end_step(self) -> str:
        """The `Set-Cookie` value that forgets the steps of a sign-in."""
        return self._set(self.step, "", 0)

    def end_session(self) -> str:
        """The `Set-Cookie` value that signs out."""
        return self._set(self.session, "", 0)

    def preference(self, name: str, value: str, max_age: int) -> str:
        """The `Set-Cookie` value of a choice that is no secret: our script writes it too."""
        secure = "; Secure" if self.secure else ""
        return f"{name}={value}; Max-Age={max_age}; Path=/; SameSite=Lax{secure}"

    def _name(self, ending: str) -> str:
        prefix = "__Host-" if self.secure else ""
        return f"{prefix}maru-{self.instance}{ending}"

    def _set(self, name: str, value: str, max_age: int) -> str:
        secure = "; Secure" if self.secure else ""
        return f"{name}={value}; Max-Age={max_age}; Path=/; HttpOnly; SameSite=Lax{secure}"


def read_cookies(header: str) -> dict[str, str]:
    """The cookies of a `Cookie` header; of two with one name the first counts."""
    found: dict[str, str] = {}
    for name, value in _pairs(header):
        found.setdefault(name, value)
    return found


def _pairs(header: str) -> Iterator[tuple[str, str]]:
    for part in header.split(";"):
        name, equals, value = part.partition("=")
        if equals:
            yield name.strip(), value.strip().strip('"')


def _is_local(host: str) -> bool:
    name = host.lower()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    return name == "localhost" or name.endswith(".localhost") or _is_loopback(name)


def _is_loopback(name: str) -> bool:
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
