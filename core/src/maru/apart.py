"""Runs one handler in a process of its own: JSON in on standard input, JSON out.

What goes in is a ContextSeed, a declaration's kind and name, and what it is asked. That this works
for every portlet, job and listener is what lets any of them move out of the web or worker process.
"""

import asyncio
import sys
from typing import Any

from maru.house import open_house
from maru.jobs.catalog import asked
from maru.plugins.context import open_call
from maru.plugins.registry import PluginHost
from maru.settings import Settings, load_settings
from maru_sdk import ContextSeed, Model
from maru_sdk.declarations import Handler


class Errand(Model):
    """One call of a declaration's handler (`jobs`, `board.purge_board`).

    `ask` is the JSON of the handler's second argument, absent where it has none.
    """

    seed: ContextSeed
    kind: str
    name: str
    ask: str | None = None


async def run(settings: Settings, errand: Errand) -> str:
    """The handler's answer as JSON, `null` for none; its work is committed."""
    async with (
        open_house(settings) as house,
        open_call(house.services, errand.seed) as call,
    ):
        handler = _handler(house.host, errand)
        arguments: list[Any] = []
        if errand.ask is not None and (model := asked(handler)) is not None:
            arguments.append(model.model_validate_json(errand.ask))
        answer = await handler(call.ctx(errand.seed.plugin), *arguments)
        return "null" if answer is None else str(answer.model_dump_json())


def _handler(host: PluginHost, errand: Errand) -> Handler:
    for _, declaration in host.declared(errand.kind):
        if declaration.name == errand.name:
            handler: Handler = declaration.function
            return handler
    raise LookupError(f"no plugin declares {errand.name} in {errand.kind}")


def main() -> None:
    """The errand on standard input, by the settings of the environment."""
    errand = Errand.model_validate_json(sys.stdin.read())
    sys.stdout.write(asyncio.run(run(load_settings(), errand)))


if __name__ == "__main__":
    main()
