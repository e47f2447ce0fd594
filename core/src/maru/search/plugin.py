"""Search as a plugin of core: the API, the page, and the job that takes everything up anew."""

from typing import Final

from maru.access.permissions import SETTINGS_MANAGE
from maru.palette.pages import PAGES
from maru.search.engines import offers
from maru.search.finding import Finder
from maru.search.jobs import call_of, fillings, schedules
from maru.search.pages import search_pages
from maru.search.routes import search_routes
from maru.search.settings import SearchSettings
from maru.search.words import (
    change_engine,
    change_words,
    engine,
    save_engine,
    save_words,
    words,
    words_page,
)
from maru_sdk import Navigation, Plugin
from maru_sdk.declarations import Job

WORDS: Final = Navigation(
    "Words of search",
    "/admin/search/words",
    icon="search",
    needs=SETTINGS_MANAGE,
    order=905,
    group="Portal and plugins",
)


def search_plugin(finder: Finder, reindex: Job, handing: Job) -> Plugin:
    """The core plugin `search`: `/api/v1/search` and `/search`."""
    return Plugin(
        title="Search",
        icon="search",
        settings=SearchSettings,
        routes=[*search_routes(finder), words, change_words, engine, change_engine],
        pages=[*search_pages(finder), *PAGES, save_words, save_engine],
        admin_pages=[words_page],
        navigation=[WORDS],
        jobs=[reindex, handing],
        schedules=schedules(reindex),
        fills=[*fillings(reindex), *offers(call_of)],
    )
