"""The piece of work behind a context: core's own handlers may use its services."""

from typing import cast

from maru.plugins.context import Call, PluginContext
from maru_sdk import Context


def call_of(ctx: Context) -> Call:
    """The call that the context is a view of."""
    return cast("PluginContext", ctx).call
