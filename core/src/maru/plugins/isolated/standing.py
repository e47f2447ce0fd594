"""Makes of a description what the rest of the house takes for an installed plugin."""

from functools import partial
from importlib.util import find_spec
from pathlib import Path

from maru.plugins.discovery import Found
from maru.plugins.faults import PluginFault
from maru.plugins.hooks import Hooks
from maru.plugins.isolated.described import Reading
from maru.plugins.isolated.stubs import stub_of
from maru.plugins.isolated.trust import Isolation
from maru.plugins.registry import Installed
from maru_sdk.declarations import AnyPoint


def stood_in(isolation: Isolation, found: Found, hooks: Hooks) -> Installed:
    """The plugin as its description says; PluginFault where there is none, or it can't be."""
    described = isolation.trust.description(found)
    remote = isolation.remote(found.key)

    def point(name: str) -> AnyPoint | None:
        opened = hooks.opened(name)
        return None if opened is None else opened.point

    plugin = Reading(found.key, partial(stub_of, remote), point).plugin(described)
    return Installed(
        found.key,
        plugin,
        found.package,
        found.version,
        found.distribution,
        "",
        tuple(sorted(found.needs)),
        folder=folder_of(found),
        summary=found.summary,
        remote=remote,
        described=described,
    )


def folder_of(found: Found) -> Path:
    """Where the package lies, from the path alone: nothing of it is run to find that out."""
    spec = find_spec(found.package)
    if spec is None or spec.origin is None:
        raise PluginFault(f"The package {found.package} can't be found.")
    return Path(spec.origin).parent
