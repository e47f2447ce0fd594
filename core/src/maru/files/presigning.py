"""Addresses in a bucket that are good for a while and for one thing, by AWS Signature Version 4.

obstore signs paths alone; a download needs its file's name in the signature, an upload its size.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import quote

_ALGORITHM: Final = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Presigner:
    """Signs for one bucket. `endpoint` is its scheme and host, `base` the bucket's path there."""

    endpoint: str
    base: str
    region: str
    key: str
    secret: str = field(repr=False)

    def url(
        self,
        method: str,
        key: str,
        now: datetime,
        seconds: int,
        *,
        query: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> str:
        """The address for this method on this key; who uses it must send these headers."""
        host = self.endpoint.partition("://")[2]
        heads = {"host": host, **(headers or {})}
        signed = ";".join(sorted(heads))
        stamp = now.strftime("%Y%m%dT%H%M%SZ")
        scope = f"{stamp[:8]}/{self.region}/s3/aws4_request"
        told = {
            **(query or {}),
            "X-Amz-Algorithm": _ALGORITHM,
            "X-Amz-Credential": f"{self.key}/{scope}",
            "X-Amz-Date": stamp,
            "X-Amz-Expires": str(seconds),
            "X-Amz-SignedHeaders": signed,
        }
        path = quote(f"{self.base}/{key}", safe="/~")
        asked = "&".join(f"{_plain(name)}={_plain(told[name])}" for name in sorted(told))
        lines = "".join(f"{name}:{heads[name]}\n" for name in sorted(heads))
        request = f"{method}\n{path}\n{asked}\n{lines}\n{signed}\nUNSIGNED-PAYLOAD"
        hashed = hashlib.sha256(request.encode()).hexdigest()
        signature = self._sign(scope, f"{_ALGORITHM}\n{stamp}\n{scope}\n{hashed}")
        return f"{self.endpoint}{path}?{asked}&X-Amz-Signature={signature}"

    def _sign(self, scope: str, text: str) -> str:
        made = f"AWS4{self.secret}".encode()
        for part in (*scope.split("/"), text):
            made = hmac.digest(made, part.encode(), "sha256")
        return made.hex()


def _plain(text: str) -> str:
    return quote(text, safe="~")
