"""Runs one handler in a process of its own: JSON in on standard input, JSON out.

What goes in is a ContextSeed, the handler as `module:name`, and what it is asked. That this works for
every portlet, job and listener is what lets any of them move out of the web or worker process.
"""

import asyncio
import importlib
import sys
from typing import Any

from maru.house import open_house
from maru.jobs.catalog import asked
from maru.plugins.context import open_call
from maru.settings import Settings, load_settings
from maru_sdk import ContextSeed, Model


class Errand(Model):
    """One call: `ask` is the JSON of the handler's second argument, absent where it has none."""

    seed: ContextSeed
    function: str
    ask: str | None = None


async def run(settings: Settings, errand: Errand) -> str:
    """The handler's answer as JSON, `null` for none; its work is committed."""
    module, _, name = errand.function.partition(":")
    handler = getattr(importlib.import_module(module), name)
    handler = getattr(handler, "function", handler)
    async with (
        open_house(settings) as house,
        open_call(house.services, errand.seed) as call,
    ):
        arguments: list[Any] = []
        if errand.ask is not None and (model := asked(handler)) is not None:
            arguments.append(model.model_validate_json(errand.ask))
        answer = await handler(call.ctx(errand.seed.plugin), *arguments)
        return "null" if answer is None else str(answer.model_dump_json())


def main() -> None:
    """The errand on standard input, by the settings of the environment."""
    errand = Errand.model_validate_json(sys.stdin.read())
    sys.stdout.write(asyncio.run(run(load_settings(), errand)))


if __name__ == "__main__":
    main()
