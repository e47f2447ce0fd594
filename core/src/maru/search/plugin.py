"""Search as a plugin of core: the API, the page, and the job that takes everything up anew."""

from maru.palette.pages import PAGES
from maru.search.finding import Finder
from maru.search.jobs import fillings, schedules
from maru.search.pages import search_pages
from maru.search.routes import search_routes
from maru.search.settings import SearchSettings
from maru_sdk import Plugin
from maru_sdk.declarations import Job


def search_plugin(finder: Finder, reindex: Job) -> Plugin:
    """The core plugin `search`: `/api/v1/search` and `/search`."""
    return Plugin(
        title="Search",
        icon="search",
        settings=SearchSettings,
        routes=search_routes(finder),
        pages=[*search_pages(finder), *PAGES],
        jobs=[reindex],
        schedules=schedules(reindex),
        fills=fillings(reindex),
    )
