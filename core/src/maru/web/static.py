"""Static files: hashed names from the bundle's manifest, and an ASGI app that serves them.

Names of the bundle carry a hash, a plugin's files a version in the query: both may be kept forever.
"""

import hashlib
import json
import mimetypes
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Final

from starlette.types import Receive, Scope, Send

BUNDLE: Final = Path(__file__).parent.parent / "static"
_FOREVER: Final = b"public, max-age=31536000, immutable"
_BRIEFLY: Final = b"public, max-age=300"
_UNKNOWN_ICON: Final = "puzzle"
_TYPES: Final = {".js": "text/javascript", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
_ENCODINGS: Final = ((b"br", ".br"), (b"gzip", ".gz"))
_HARMLESS: Final = (".avif", ".gif", ".jpeg", ".jpg", ".png", ".webp", ".woff2")
"""What may be served of a plugin that nobody has vouched for: nothing that a browser runs."""
_TEXT: Final = ("text/", "application/json", "image/svg")


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, with what is needed to answer for it."""

    file: Traversable
    media_type: str
    etag: str
    forever: bool
    encoded: Mapping[bytes, Traversable]


def _media_type(name: str) -> str:
    suffix = name[name.rfind(".") :]
    kind = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{kind}; charset=utf-8" if kind.startswith(_TEXT) else kind


def _walk(root: Traversable, before: str = "") -> Iterator[tuple[str, Traversable]]:
    for entry in sorted(root.iterdir(), key=lambda entry: entry.name):
        if entry.name.startswith("."):
            continue
        if entry.is_dir():
            yield from _walk(entry, f"{before}{entry.name}/")
        else:
            yield f"{before}{entry.name}", entry


def _digest(file: Traversable) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()[:16]


def _assets(root: Traversable, *, prefix: str, forever: bool) -> dict[str, Asset]:
    files = dict(_walk(root))
    return {
        f"{prefix}{name}": Asset(
            file=file,
            media_type=_media_type(name),
            etag=_digest(file),
            forever=forever,
            encoded={code: files[name + end] for code, end in _ENCODINGS if name + end in files},
        )
        for name, file in files.items()
        if not name.endswith((".br", ".gz"))
    }


def _read_json(file: Path) -> dict[str, str]:
    return dict(json.loads(file.read_text())) if file.is_file() else {}


class Assets:
    """Knows every static file's address: `url("app.js")`, `url("board/a.svg")`, `icon("bell")`."""

    def __init__(
        self,
        plugin_static: Mapping[str, Traversable] | None = None,
        *,
        bundle: Path = BUNDLE,
        static_url: str = "/static",
        foreign: Container[str] = (),
    ) -> None:
        """Of the plugins in `foreign` only pictures and type are served."""
        self.static_url = static_url.rstrip("/")
        self._manifest = _read_json(bundle / "manifest.json")
        self._icons = _read_json(bundle / "icons.json")
        self.files = _assets(bundle, prefix="", forever=True) if self.bundled else {}
        for key, root in (plugin_static or {}).items():
            found = _assets(root, prefix=f"{key}/", forever=False)
            self.files.update(
                (name, asset)
                for name, asset in found.items()
                if key not in foreign or name.lower().endswith(_HARMLESS)
            )

    @property
    def bundled(self) -> bool:
        """Whether the front end has been built."""
        return bool(self._manifest)

    def url(self, name: str) -> str:
        """The address of one of the bundle's entries or, as `<key>/<path>`, of a plugin's file."""
        if hashed := self._manifest.get(name):
            return f"{self.static_url}/{hashed}"
        if asset := self.files.get(name):
            return f"{self.static_url}/{name}?v={asset.etag}"
        return f"{self.static_url}/{name}"

    def icon(self, name: str) -> str:
        """The address of an icon by its lucide name, a puzzle piece for one that doesn't exist."""
        known = name if name in self._icons else _UNKNOWN_ICON
        return f"{self.url(self._icons.get(known, 'icons.svg'))}#{known}"


class StaticApp:
    """Serves what `Assets` knows and nothing else: no path of a request ever reaches the disk."""

    def __init__(self, assets: Assets) -> None:
        self._assets = assets
        self._bodies: dict[tuple[str, bytes], bytes] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers GET and HEAD; the mount's own path has been taken off already."""
        name = scope["path"].removeprefix(scope.get("root_path", "")).lstrip("/")
        asset = self._assets.files.get(name)
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, [(b"allow", b"GET, HEAD")])
        elif asset is None:
            await _answer(
                send, 404, [(b"content-type", b"text/plain; charset=utf-8")], b"Not found"
            )
        else:
            await self._serve(name, asset, scope, send)

    async def _serve(self, name: str, asset: Asset, scope: Scope, send: Send) -> None:
        wanted = dict(scope["headers"])
        code = _encoding(asset, wanted.get(b"accept-encoding", b""))
        etag = f'"{asset.etag}{"-" + code.decode() if code else ""}"'.encode()
        forever = asset.forever or scope["query_string"].startswith(b"v=")
        headers = [
            (b"etag", etag),
            (b"cache-control", _FOREVER if forever else _BRIEFLY),
            (b"x-content-type-options", b"nosniff"),
        ]
        if asset.encoded:
            headers.append((b"vary", b"accept-encoding"))
        if etag in wanted.get(b"if-none-match", b""):
            return await _answer(send, 304, headers)
        body = self._body(name, asset, code)
        headers += [
            (b"content-type", asset.media_type.encode()),
            (b"content-length", str(len(body)).encode()),
        ]
        if code:
            headers.append((b"content-encoding", code))
        return await _answer(send, 200, headers, b"" if scope["method"] == "HEAD" else body)

    def _body(self, name: str, asset: Asset, code: bytes) -> bytes:
        if (name, code) not in self._bodies:
            self._bodies[name, code] = asset.encoded.get(code, asset.file).read_bytes()
        return self._bodies[name, code]


def _encoding(asset: Asset, accepted: bytes) -> bytes:
    parts = [part.replace(b" ", b"").partition(b";q=") for part in accepted.split(b",")]
    offered = {name for name, _, quality in parts if quality.strip(b"0.") or not quality}
    return next((code for code in asset.encoded if code in offered), b"")


async def _answer(
    send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes = b""
) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
