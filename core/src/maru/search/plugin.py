"""Search as a plugin of core: the API, the page, and the job that takes everything up anew."""

from maru.palette.pages import PAGES
from maru.search.analyst import Analyst
from maru.search.jobs import fillings
from maru.search.pages import search_pages
from maru.search.routes import search_routes
from maru.search.settings import SearchSettings
from maru_sdk import Plugin
from maru_sdk.declarations import Job


def search_plugin(analyst: Analyst, reindex: Job) -> Plugin:
    """The core plugin `search`: `/api/v1/search` and `/search`."""
    return Plugin(
        title="Search",
        icon="search",
        settings=SearchSettings,
        routes=search_routes(analyst),
        pages=[*search_pages(analyst), *PAGES],
        jobs=[reindex],
        fills=fillings(reindex),
    )
