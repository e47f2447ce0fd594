"""Core's life-cycle points: what a plugin may do when a tenant switches it on or off."""

from maru_sdk._context import Context
from maru_sdk._model import Model
from maru_sdk._points import extension_point

__all__ = ["DemoSeed", "Switched", "demo_seeded", "switched_off", "switched_on"]


class Switched(Model):
    """Which plugin was switched, and whether this is its first time in the tenant."""

    plugin: str
    first: bool = False


@extension_point("decide")
async def switched_on(ctx: Context, ask: Switched) -> None:
    """A tenant has just switched a plugin on.

    Called once per enabling, in the transaction that enables, for every plugin that is on and
    fills it (`ask.plugin` says which was switched). An exception refuses the enabling.
    """


@extension_point("decide")
async def switched_off(ctx: Context, ask: Switched) -> None:
    """A tenant is about to switch a plugin off.

    Called once per disabling, in the transaction that disables, before the plugin's surfaces are
    gone. An exception refuses the disabling. The plugin's data stays.
    """


class DemoSeed(Model):
    """How large the demo company is, and the number that its chance is drawn from."""

    people: int
    seed: int = 20261120


@extension_point("decide")
async def demo_seeded(ctx: Context, ask: DemoSeed) -> None:
    """The demo's company has just been made; fill it with believable data of your own.

    Called once per demo tenant for every plugin that is on there, as the tenant's `admin`, in one
    transaction with the others; the same `ask` gives the same data. Never called outside the demo.
    """
