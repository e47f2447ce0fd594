"""Extension points and their fillings, kept in pluggy: points as specifications, fillings as
implementations.

pluggy refuses unknown names and wrong arguments and keeps the order; it never calls anything: it
would stop at the first exception and can't await. `maru.plugins.points` does the calling.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import pluggy
from pluggy import HookimplOpts, HookspecOpts
from pydantic import TypeAdapter

from maru.plugins.faults import PluginFault
from maru.plugins.handlers import Shape, shape_of
from maru_sdk import Model, documents, lifecycle, palette, portal, scanning, search
from maru_sdk.declarations import AnyFilling, AnyPoint, ExtensionPoint

SDK_POINTS: tuple[ModuleType, ...] = (documents, lifecycle, palette, portal, scanning, search)


@dataclass(frozen=True, eq=False)
class Opened:
    """A published point, with the types that its asks and answers are checked against."""

    point: AnyPoint
    ask: type[Model]
    answer: TypeAdapter[Any]


@dataclass(frozen=True, eq=False)
class Filled:
    """One filling and the key of the plugin or bridge that it belongs to."""

    key: str
    filling: AnyFilling


class _Spec:
    """The base of a point as pluggy's namespace: a class whose one attribute is the function."""


class _Face:
    """The fillings of one plugin as pluggy's plugin object: `name offer` → function."""

    def __init__(self, functions: Mapping[str, Callable[..., Any]]) -> None:
        vars(self).update(functions)


class _Manager(pluggy.PluginManager):
    """pluggy with our declarations in place of its markers."""

    def parse_hookspec_opts(self, module_or_class: Any, name: str) -> HookspecOpts | None:
        ours = issubclass(module_or_class, _Spec) and "." in name
        return (
            {
                "firstresult": False,
                "historic": False,
                "warn_on_impl": None,
                "warn_on_impl_args": None,
            }
            if ours
            else None
        )

    def parse_hookimpl_opts(self, plugin: Any, name: str) -> HookimplOpts | None:
        if not isinstance(plugin, _Face) or name not in vars(plugin):
            return None
        return {
            "wrapper": False,
            "hookwrapper": False,
            "optionalhook": False,
            "tryfirst": False,
            "trylast": False,
            "specname": name.partition(" ")[0],
        }


class Hooks:
    """The points that are open in this process, and who fills them, in the order of the plugins."""

    def __init__(self) -> None:
        self._manager = _Manager("maru")
        self._opened: dict[str, Opened] = {}
        self._filled: dict[tuple[str, str], AnyFilling] = {}
        self._in_order: dict[str, tuple[Filled, ...]] = {}
        for module in SDK_POINTS:
            self.open([v for v in vars(module).values() if isinstance(v, ExtensionPoint)])

    def open(self, points: list[AnyPoint]) -> None:
        """Makes points known; they have been checked."""
        for point in points:
            shape = shape_of(point.function)
            if not isinstance(shape, Shape):
                raise PluginFault(f"{point.name} {shape}.")
            self._manager.add_hookspecs(
                type("Spec", (_Spec,), {point.name: staticmethod(point.function)})
            )
            answer: TypeAdapter[Any] = TypeAdapter(shape.answer)
            self._opened[point.name] = Opened(point, shape.given["ask"], answer)

    def register(self, key: str, fillings: list[AnyFilling]) -> None:
        """Registers one plugin under its key; a PluginFault leaves nothing of it registered."""
        for filling in fillings:
            self._refuse_unknown(filling)
        face = {f"{f.point.name} {f.offer or f.name}": f for f in fillings}
        try:
            self._manager.register(_Face({n: f.function for n, f in face.items()}), key)
        except (pluggy.PluginValidationError, ValueError) as fault:
            raise PluginFault(" ".join(str(fault).split())) from fault
        self._in_order.clear()
        self._filled.update({(key, name): filling for name, filling in face.items()})

    def _refuse_unknown(self, filling: AnyFilling) -> None:
        opened = self._opened.get(filling.point.name)
        if opened is None or opened.point is not filling.point:
            raise PluginFault(
                f"{filling.name} fills the point {filling.point.name!r}, which nobody publishes."
            )
        for other in self.fillings(filling.point.name):
            if filling.offer is not None and other.filling.offer == filling.offer:
                raise PluginFault(
                    f"{filling.name} makes the offer {filling.offer!r} of {filling.point.name},"
                    f" which {other.key!r} has made already."
                )

    def opened(self, name: str) -> Opened | None:
        """The published point of this name."""
        return self._opened.get(name)

    def points(self) -> Iterator[Opened]:
        """All published points."""
        return iter(self._opened.values())

    def fillings(self, name: str) -> Sequence[Filled]:
        """Who fills a point, in the order in which they are asked."""
        found = self._in_order.get(name)
        if found is None:
            found = self._in_order[name] = tuple(self._look(name))
        return found

    def _look(self, name: str) -> Iterator[Filled]:
        caller = getattr(self._manager.hook, name, None)
        for each in caller.get_hookimpls() if caller is not None else ():
            for (key, slot), filling in self._filled.items():
                ours = key == each.plugin_name and slot.partition(" ")[0] == name
                if ours and filling.function is each.function:
                    yield Filled(key, filling)
