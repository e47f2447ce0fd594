"""Has a plugin describe itself in a confined process, and keeps what it says."""

import json
import subprocess
from collections.abc import Mapping
from typing import Any, Final

import orjson
from fastapi.openapi.utils import get_openapi
from importlib_metadata import PackageNotFoundError, distribution

from maru.api.endpoint import Endpoint
from maru.api.surfaces import Surfaces
from maru.db.encrypted import is_sealed
from maru.isolated.house import load_here
from maru.isolated.launch import argv_of, environment
from maru.plugins.discovery import Found
from maru.plugins.faults import PluginFault
from maru.plugins.isolated.described import Described, describe
from maru.settings import Settings
from maru_sdk.db import tables_of

PATIENCE: Final = 60.0
LARGEST: Final = 2_000_000


def described_elsewhere(settings: Settings, found: Found) -> Described:
    """What the plugin says of itself; PluginFault where it can't run isolated."""
    _refuse_loose_files(found)
    told = {"key": found.key, "memory": settings.isolated_memory, "ports": [], "static_url": ""}
    done = subprocess.run(  # noqa: S603 - our own program
        argv_of(found.key, "describe", tethered=True),
        input=json.dumps(told).encode(),
        capture_output=True,
        env=environment(),
        check=False,
        timeout=PATIENCE,
    )
    try:
        said = orjson.loads(done.stdout[-LARGEST:].rpartition(b"\n")[2])
        if "fault" in said:
            raise PluginFault(str(said["fault"])[:1_000])
        return Described.model_validate(said)
    except ValueError:
        last = done.stderr.decode("utf-8", "replace").strip().splitlines()[-1:]
        why = last[0][:300] if last else f"status {done.returncode}"
        raise PluginFault(f"It can't be described in a process of its own: {why}") from None


def _refuse_loose_files(found: Found) -> None:
    """A `.pth` file, or one in another package, would run in our own processes."""
    try:
        files = distribution(found.distribution).files or ()
    except PackageNotFoundError:
        return
    tops = {file.parts[0] for file in files if not file.parts[0].endswith(".dist-info")}
    loose = sorted(top for top in tops if top not in (found.package, "..", "__pycache__"))
    loose = [top for top in loose if not top.startswith("__editable__")]
    if loose:
        raise PluginFault(
            f"Its distribution brings {loose[0]!r}, which is outside its package {found.package!r},"
            " so that it can't be kept apart."
        )


def describe_here(key: str) -> str:
    """The description as one line of JSON; a fault is one too."""
    try:
        _, surfaces, installed = load_here(key)
        described = describe(installed.plugin)
        more = {"openapi": _openapi(key, surfaces), "sealed": _sealed(installed.package)}
        own = described.model_copy(update=more)
        return f"\n{own.model_dump_json()}"
    except PluginFault as fault:
        return "\n" + json.dumps({"fault": str(fault)})


def _sealed(package: str) -> list[str]:
    columns = (one for table in tables_of(package).sorted_tables for one in table.columns)
    return [f"{one.table.name}.{one.name}" for one in columns if is_sealed(one)]


def _openapi(key: str, surfaces: Surfaces) -> dict[str, Any]:
    """The plugin's routes as the API's description shows them, its schemas under its own key."""
    targets = [t for t in surfaces.targets if t.kind == "route" and t.key == key]
    routes = [t.endpoint.described() for t in targets if isinstance(t.endpoint, Endpoint)]
    whole = get_openapi(title=key, version="1", routes=routes)
    names = list(whole.get("components", {}).get("schemas", {}))
    text = json.dumps(whole)
    for name in names:
        text = text.replace(
            f'"#/components/schemas/{name}"', f'"#/components/schemas/{key}.{name}"'
        )
    renamed: Mapping[str, Any] = json.loads(text)
    schemas = renamed.get("components", {}).get("schemas", {})
    paths = {
        f"{target.method} {target.label}": renamed["paths"][target.label][target.method.lower()]
        for target in targets
    }
    return {
        "paths": paths,
        "schemas": {f"{key}.{name}": schema for name, schema in schemas.items()},
    }
