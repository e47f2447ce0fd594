"""How `./maru test` shares the tests out to two processes: most of what they do is waiting.

Each process has servers of its own, so tests know nothing of one another. A file's tests stay
together, in their order. One process begins at the front of the list, where small tests are, the
other at its end, where browsers are: so they seldom want the whole machine at the same time. What
measures time comes last, when one process is left.
"""

import os
from pathlib import PurePosixPath
from typing import Any

import pytest
from xdist.scheduler import LoadScopeScheduling

ALONE = ("tests/bench/test_day.py", "tests/chaos/test_pages.py", "tests/faults/test_engines_die.py")
"""Places and files whose tests run with nothing beside them."""

TOGETHER = {
    "tests/e2e/test_jobs.py": "tests/e2e grown",
    "tests/e2e/test_plugins.py": "tests/e2e grown",
    "tests/e2e/test_portlet_settings.py": "tests/e2e grown",
}
"""Files that share what is dear to make."""


def unit_of(nodeid: str) -> str:
    """The unit that a test belongs to: its file, or what its file is kept together with."""
    file = nodeid.partition("::")[0]
    return TOGETHER.get(file, file)


def is_alone(unit: str) -> bool:
    """Whether a unit wants the machine to itself."""
    return unit.startswith(ALONE)


def processes(config: pytest.Config) -> int:
    """How many to start for `-n auto`; none, so that all runs in this one, where two don't pay."""
    asked = config.args if config.args_source is config.ArgsSource.ARGS else []
    units = {unit_of(one) for one in asked}
    one_file = len(units) == 1 and PurePosixPath(*units).suffix == ".py"
    seen_live = config.option.capture == "no" or config.option.collectonly
    return 0 if one_file or seen_live or len(os.sched_getaffinity(0)) < 2 else 2


class Shifts(LoadScopeScheduling):  # type: ignore[misc]
    """Gives units to the processes: from both ends, and those that want to be alone at last."""

    def __init__(self, config: pytest.Config, log: Any = None) -> None:
        super().__init__(config, log)
        config.option.loadscopereorder = False  # the order of the list, not that of the sizes

    def _split_scope(self, nodeid: str) -> str:
        return unit_of(nodeid)

    def _assign_work_unit(self, node: Any) -> None:
        if unit := self._next_for(node):
            self.workqueue.move_to_end(unit, last=False)
            super()._assign_work_unit(node)

    def remove_node(self, node: Any) -> str | None:
        crashed: str | None = super().remove_node(node)
        for left in self.nodes:
            self._reschedule(left)
        return crashed

    def _next_for(self, node: Any) -> str | None:
        waiting: list[str] = list(self.workqueue)
        shared = [unit for unit in waiting if not is_alone(unit)]
        if shared:
            begins_at_the_end = int(node.gateway.id.removeprefix("gw")) % 2
            return shared[-1 if begins_at_the_end else 0]
        others = [one for one in self.nodes if one is not node]
        if not others:
            return waiting[0]
        if not all(one.shutting_down for one in others):
            node.shutdown()
        return None
