"""Static files: names from the manifest, caching, encodings, and no way to the rest of the disk."""

import json
import re
from pathlib import Path

import httpx2
import pytest

from maru.web.static import Assets, StaticApp


@pytest.fixture
def assets(bundle: Path, tmp_path: Path) -> Assets:
    (tmp_path / "img").mkdir()
    (tmp_path / "img" / "logo.svg").write_text("<svg/>")
    (tmp_path / ".secret").write_text("no")
    return Assets({"board": tmp_path})


def client(assets: Assets) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(
        transport=httpx2.ASGITransport(StaticApp(assets)), base_url="http://s"
    )


class TestBundle:
    def test_names_carry_a_hash_and_exist(self, bundle: Path) -> None:
        manifest = json.loads((bundle / "manifest.json").read_text())
        assert {"app.js", "style.css", "fonts.css", "docs.js", "icons.svg", "mark.svg"} <= set(
            manifest
        )
        for name, hashed in manifest.items():
            assert re.fullmatch(r"[\w-]+-[\w]{8,10}\.(js|css|svg)", hashed), name
            assert (bundle / hashed).is_file()

    def test_stays_small(self, bundle: Path) -> None:
        sizes = [file.stat().st_size for file in bundle.rglob("*") if file.is_file()]
        assert sum(sizes) < 6_000_000
        app = next(bundle.glob("app-*.js.br"))
        assert app.stat().st_size < 32_000
        assert not list(bundle.glob("*.map"))

    def test_the_lock_names_no_address(self) -> None:
        web = Path(__file__).parents[3] / "core" / "web"
        lock = (web / "package-lock.json").read_text()
        assert '"resolved"' not in lock
        assert "registry" not in lock
        assert "omit-lockfile-registry-resolved=true" in (web / ".npmrc").read_text()

    def test_no_style_or_script_needs_more_than_the_policy_gives(self, bundle: Path) -> None:
        css = next(bundle.glob("style-*.css")).read_text()
        assert "http:" not in css.replace("http://www.w3.org", "")
        assert "https:" not in css


class TestUrls:
    def test_entries_plugins_and_icons(self, assets: Assets) -> None:
        assert re.fullmatch(r"/static/app-\w{8}\.js", assets.url("app.js"))
        assert re.fullmatch(
            r"/static/board/img/logo\.svg\?v=\w{16}", assets.url("board/img/logo.svg")
        )
        assert re.fullmatch(r"/static/icons-\w+\.svg#bell", assets.icon("bell"))
        assert re.fullmatch(r"/static/icons-z-\w+\.svg#zap", assets.icon("zap"))
        assert assets.icon("no-such-icon").endswith("#puzzle")

    def test_without_a_bundle_nothing_breaks(self, tmp_path: Path) -> None:
        assets = Assets(bundle=tmp_path / "none")
        assert not assets.bundled
        assert assets.url("app.js") == "/static/app.js"
        assert assets.icon("bell") == "/static/icons.svg#puzzle"


class TestServing:
    async def test_keeps_hashed_files_forever(self, assets: Assets) -> None:
        async with client(assets) as http:
            answer = await http.get(assets.url("app.js").removeprefix("/static"))
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
        assert "immutable" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"

    @pytest.mark.parametrize(
        ("accepted", "encoding"),
        [("gzip, br", "br"), ("gzip;q=0.8", "gzip"), ("br;q=0, gzip", "gzip"), ("identity", None)],
    )
    async def test_answers_in_the_best_encoding(
        self, assets: Assets, accepted: str, encoding: str | None
    ) -> None:
        async with client(assets) as http:
            path = assets.url("style.css").removeprefix("/static")
            answer = await http.get(path, headers={"accept-encoding": accepted})
        assert answer.headers.get("content-encoding") == encoding
        assert answer.headers["vary"] == "accept-encoding"
        assert "@layer" in answer.text

    async def test_a_known_etag_gets_304_and_head_no_body(self, assets: Assets) -> None:
        async with client(assets) as http:
            first = await http.get("/board/img/logo.svg")
            again = await http.get(
                "/board/img/logo.svg", headers={"if-none-match": first.headers["etag"]}
            )
            head = await http.head("/board/img/logo.svg")
        assert (again.status_code, again.content) == (304, b"")
        assert (head.status_code, head.content) == (200, b"")
        assert head.headers["content-length"] == "6"
        assert "immutable" not in first.headers["cache-control"]

    @pytest.mark.parametrize(
        "path",
        ["/", "/board/../../pyproject.toml", "/board/.secret", "/.stamp", "/%2e%2e/web/shell.py"],
    )
    async def test_serves_nothing_else(self, assets: Assets, path: str) -> None:
        async with client(assets) as http:
            assert (await http.get(path)).status_code == 404

    async def test_only_reads(self, assets: Assets) -> None:
        async with client(assets) as http:
            assert (await http.post("/board/img/logo.svg")).status_code == 405
