"""Answers that are kept: found under any spelling, nobody's in particular, absent ones too."""

from uuid import UUID

import pytest
from tests.core.api.conftest import Place

from maru.cache import all_of

ROOM = UUID("0192a000-0000-7000-8000-00000000abcd")
ROOMS = "/api/v1/notes/rooms"
SPELLINGS = [str(ROOM), str(ROOM).upper(), ROOM.hex, f"urn:uuid:{ROOM}"]


@pytest.mark.parametrize("said", SPELLINGS)
async def test_a_tag_means_the_value_and_not_its_spelling(place: Place, said: str) -> None:
    """`/rooms/0192A…` is kept too, and dropped by the tag that the author knows."""
    for _ in range(2):
        assert (await place.reader("GET", f"{ROOMS}/{said}")).status == 200
    assert len(place.notes.MADE) == 1
    await place.house.rooms.cache.drop_now(place.hanbit, [f"room:{ROOM}"])
    await place.reader("GET", f"{ROOMS}/{said}")
    assert len(place.notes.MADE) == 2


async def test_what_all_share_is_made_by_nobody(place: Place) -> None:
    """Whoever asks first: no person, and of the permissions only the one that it needs."""
    answers = [
        (await asker("GET", f"{ROOMS}/{ROOM}")).json["data"]["name"]
        for asker in (place.writer, place.reader)
    ]
    assert answers == ["None False True"] * 2
    assert len(place.notes.MADE) == 1


async def test_that_something_is_not_there_is_kept(place: Place) -> None:
    absent = UUID(int=0)
    for _ in range(3):
        reply = await place.reader("GET", f"{ROOMS}/{absent}")
        assert (reply.status, reply.code) == (404, "NOTES_ROOM_NOT_FOUND")
    assert len(place.notes.MADE) == 1
    await place.house.rooms.cache.drop_now(place.hanbit, [f"room:{absent}"])
    await place.reader("GET", f"{ROOMS}/{absent}")
    assert len(place.notes.MADE) == 2


async def test_changed_settings_drop_all_of_a_plugin(place: Place) -> None:
    await place.reader("GET", f"{ROOMS}/{ROOM}")
    await place.house.rooms.cache.drop_now(place.hanbit, [all_of("notes")])
    await place.reader("GET", f"{ROOMS}/{ROOM}")
    assert len(place.notes.MADE) == 2


@pytest.mark.parametrize(("said", "status"), [("fine", 200), ("공지", 200), ("two words", 422)])
async def test_a_value_that_fits_in_no_tag_is_refused(place: Place, said: str, status: int) -> None:
    assert (await place.reader("GET", f"/api/v1/notes/words/{said}")).status == status


async def test_hits_are_counted_by_pattern(place: Place) -> None:
    for room in (ROOM, UUID(int=5)):
        for _ in range(3):
            await place.reader("GET", f"{ROOMS}/{room}")
    text = (await place.anyone("GET", "/metrics")).body.decode()
    assert 'maru_cache_pattern_hits_total{pattern="notes.room",plugin="notes"' in text
    assert 'maru_cache_hits_total{plugin="notes"' in text
