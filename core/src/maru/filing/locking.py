"""Locks away what nobody may have any more; the content stays until its files go."""

from typing import Any

from maru_sdk import Context, Model


class Harm(Model):
    """What was found, and by whom."""

    scanner: str
    found: str


async def lock_away(ctx: Context, file: Any, harm: Harm) -> None:
    """Writes down that a file is shut from now on."""
    said = harm.model_dump()
    ctx.log.warning("a harmful file was locked away", file=str(file.id), **said)
    after = {"name": file.name, "kind": file.kind, **said}
    await ctx.audit("file.quarantined", f"file:{file.id}", after=after)
