"""Why a plugin is set aside, in words that its author and the operator can act on."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from maru.settings import SettingFault

T = TypeVar("T")
P = ParamSpec("P")


@dataclass(frozen=True)
class SetAside:
    """A plugin, or a distribution that claims to be one, that doesn't run, and why.

    `name` and `version` are the distribution's.
    """

    key: str
    name: str
    version: str
    reason: str


class PluginFault(Exception):
    """A plugin breaks a rule of the contract; the message is one English sentence."""


class StrictPlugins(SettingFault):
    """`MARU_STRICT_PLUGINS` is on and a plugin had to be set aside; the message is one line."""

    def __init__(self, aside: SetAside) -> None:
        super().__init__(
            "MARU_STRICT_PLUGINS",
            f"the plugin {aside.key!r} ({aside.name} {aside.version}) is set aside: {aside.reason}",
        )


def behind_wall(what: str, act: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """`act(...)`; whatever it raises, SystemExit included, becomes a PluginFault that begins with
    `what`."""
    try:
        return act(*args, **kwargs)
    except (KeyboardInterrupt, PluginFault):
        raise
    except BaseException as fault:
        raise PluginFault(f"{what}: {_in_one_line(fault)}") from fault


def _in_one_line(fault: BaseException) -> str:
    try:
        text = " ".join(str(fault).split())
    except Exception:
        text = ""
    name = type(fault).__name__
    return f"{name}: {text[:500]}" if text else name
