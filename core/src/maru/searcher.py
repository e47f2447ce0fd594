"""`maru search`: holds Kiwi for all other processes. Any number may run; while none does, searches
go by pairs of letters."""

import asyncio
from functools import partial

from maru.house import House, open_house
from maru.process import figures_shown, loop_watched, run_until_signal
from maru.search.kiwi import Kiwi
from maru.search.reading import Questions, Reading, Vocabularies
from maru.settings import Settings

SERVICE = "search"


def run(settings: Settings) -> None:
    """Answer and read until SIGTERM or SIGINT."""
    run_until_signal(SERVICE, settings, partial(serve, settings))


async def serve(settings: Settings, stop: asyncio.Event) -> None:
    """Answer and read until `stop` is set."""
    async with open_house(settings, service=SERVICE) as house:
        kiwi = await _loaded(stop)
        if kiwi is None:
            return
        questions, reading = parts_of(house, kiwi)
        read = "Things whose words were read for search."
        house.metrics.ask("maru_search_read", read, lambda: reading.read)
        async with loop_watched(house), figures_shown(house):
            questions.start()
            reading.start(house.signals)
            try:
                await stop.wait()
            finally:
                await questions.stop()
                await reading.stop()
                kiwi.close()


def parts_of(house: House, kiwi: Kiwi) -> tuple[Questions, Reading]:
    """What answers and what reads, with the house's parts."""
    words = Vocabularies(house.database, house.services.settings_store)
    house.signals.on("person", words.forget)
    house.signals.on("setting", words.forget)
    reading = Reading(
        house.database, house.redises, house.tenants, kiwi, words, house.settings.instance
    )
    return Questions(house.settings, kiwi, words), reading


async def _loaded(stop: asyncio.Event) -> Kiwi | None:
    """Kiwi, unless it is over before."""
    loading = asyncio.ensure_future(Kiwi.load())
    waiting = asyncio.ensure_future(stop.wait())
    await asyncio.wait({loading, waiting}, return_when="FIRST_COMPLETED")
    waiting.cancel()
    return await loading if loading.done() else None
