"""The keys that a provider signs with, kept; one that isn't known is asked for, but not twice a
breath: a forged key id must not make us knock at the provider's door."""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, Key, OKPKey, RSAKey

from maru.federation.errors import AnswerUntrusted, ProviderAway
from maru.federation.oidc.asking import Asking

GOOD_FOR: Final = 3_600.0
PER_MINUTE: Final = 2
MOST: Final = 100
_SHORTEST_RSA: Final = 2_048
_KINDS: Final[Mapping[str, type[RSAKey] | type[ECKey] | type[OKPKey]]] = {
    "RSA": RSAKey,
    "EC": ECKey,
    "OKP": OKPKey,
}
_OF_ALGORITHM: Final = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}


class KeyRing:
    """The public keys of one provider, by their ids."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._keys: list[Key] = []
        self._at: float | None = None
        self._asked: deque[float] = deque(maxlen=PER_MINUTE)
        self._turn = asyncio.Lock()

    async def find(self, ask: Asking, url: str, algorithm: str, kid: str | None) -> Key:
        """The key for a token; raises AnswerUntrusted where there is none, ProviderAway where none
        could be had."""
        found = self._fitting(algorithm, kid)
        if found is None or self._is_old():
            await self._renew(ask, url, lambda: self._fitting(algorithm, kid))
            found = self._fitting(algorithm, kid)
        if not self._keys:
            raise ProviderAway(f"{url} has given no keys yet")
        if found is None:
            raise AnswerUntrusted(f"no key {kid!r} for {algorithm}")
        return found

    async def _renew(self, ask: Asking, url: str, found: Callable[[], Key | None]) -> None:
        """One question at a time, and as many a minute as is decent."""
        async with self._turn:
            if (found() is not None and not self._is_old()) or self._is_too_soon():
                return
            self._asked.append(self._clock())
            try:
                said = await ask("GET", url)
                if said.status != 200:
                    raise ProviderAway(f"{url} answers with status {said.status}")
            except ProviderAway:
                if self._keys:
                    return
                raise
            self._keys = list(usable(said.content.get("keys")))
            self._at = self._clock()

    def _is_old(self) -> bool:
        return self._at is None or self._clock() - self._at > GOOD_FOR

    def _is_too_soon(self) -> bool:
        return len(self._asked) == PER_MINUTE and self._clock() - self._asked[0] < 60.0

    def _fitting(self, algorithm: str, kid: str | None) -> Key | None:
        kind = _OF_ALGORITHM.get(algorithm[:2])
        fitting = [
            key
            for key in self._keys
            if key.key_type == kind and key.get("alg") in (None, algorithm)
            if kid is None or key.get("kid") == kid
        ]
        return fitting[0] if len(fitting) == 1 else None


def usable(keys: Any) -> Iterable[Key]:
    """The public keys of a set that may sign: neither secrets nor short ones."""
    for jwk in keys[:MOST] if isinstance(keys, list) else ():
        if not isinstance(jwk, dict) or jwk.get("use") not in (None, "sig"):
            continue
        kind = _KINDS.get(str(jwk.get("kty")))
        if kind is None or "d" in jwk:
            continue
        try:
            key = kind.import_key(jwk)
        except (JoseError, ValueError, TypeError, KeyError):
            continue
        if isinstance(key, RSAKey) and key.raw_value.key_size < _SHORTEST_RSA:
            continue
        yield key
