"""The parts of search in one process, put together."""

from dataclasses import dataclass

from maru.redis import Redises
from maru.search.analyst import Analyst
from maru.search.finding import Finder
from maru.search.index import Index
from maru.search.jobs import hand_over_job, reindex_job
from maru.search.plugin import search_plugin
from maru.settings import Settings
from maru.signals import Signals
from maru_sdk import Plugin
from maru_sdk.declarations import Job


@dataclass(frozen=True, slots=True)
class SearchParts:
    """What a house needs of search."""

    index: Index
    analyst: Analyst
    reindex: Job
    plugin: Plugin

    async def close(self) -> None:
        """Leaves no connection behind."""
        await self.analyst.close()


def open_search(settings: Settings, signals: Signals, redises: Redises) -> SearchParts:
    """The parts; nothing here waits."""
    handing, analyst = hand_over_job(), Analyst(settings)
    index = Index(signals, redises, settings.instance, handing)
    reindex = reindex_job(index)
    plugin = search_plugin(Finder(analyst), reindex, handing)
    return SearchParts(index, analyst, reindex, plugin)
