"""When a request's work is on disk, and when it never was."""

import asyncio

from tests.core.api.conftest import Place

NOTE = {"name": "a note"}


async def test_commit_a_200(place: Place) -> None:
    reply = await place.writer("POST", "/api/v1/notes/notes", json=NOTE)
    assert reply.status == 201, reply.body
    assert reply.json["success"] is True
    assert reply.json["data"]["name"] == "a note"
    assert reply.json["timestamp"].endswith("Z")
    assert await place.names() == ["a note"]
    assert await place.names(place.saebom) == []


async def test_commit_an_exception(place: Place) -> None:
    reply = await place.writer("POST", "/api/v1/notes/raising", json=NOTE)
    assert (reply.status, reply.code) == (500, "INTERNAL")
    assert b"secret" not in reply.body
    assert b"Error" not in reply.body
    assert await place.names() == []
    fault = place.log.line(level="error")
    assert "RuntimeError" in fault["exception"]
    assert "hunter2" not in fault["exception"]
    assert fault["plugin"] == "notes"


async def test_commit_a_refused_4xx(place: Place) -> None:
    reply = await place.writer("POST", "/api/v1/notes/refused", json=NOTE)
    assert (reply.status, reply.code) == (409, "NOTES_CLOSED")
    assert await place.names() == []


async def test_commit_a_returned_4xx(place: Place) -> None:
    reply = await place.writer("POST", "/api/v1/notes/returned", json=NOTE)
    assert (reply.status, reply.body) == (418, b"no")
    assert await place.names() == []


async def test_commit_a_wrong_response_model(place: Place) -> None:
    reply = await place.writer("POST", "/api/v1/notes/wrong", json=NOTE)
    assert (reply.status, reply.code) == (500, "INTERNAL")
    assert await place.names() == []


async def test_commit_a_deferred_constraint_that_fails_at_commit(place: Place) -> None:
    reply = await place.writer("POST", "/api/v1/notes/deferred", json=NOTE)
    assert (reply.status, reply.code) == (409, "CONFLICT")
    assert await place.names() == []


async def test_commit_a_constraint_that_fails_at_once(place: Place) -> None:
    reply = await place.writer("POST", "/api/v1/notes/twice", json=NOTE)
    assert (reply.status, reply.code) == (409, "CONFLICT")
    assert await place.names() == []


async def test_commit_a_background_task(place: Place) -> None:
    reply = await place.writer("POST", "/api/v1/notes/background", json=NOTE)
    assert reply.status == 201
    assert place.notes.BACKGROUND == ["this unit of work is over"]
    assert await place.names() == ["a note"]


async def test_commit_a_stream(place: Place) -> None:
    reply = await place.writer("POST", "/api/v1/notes/stream", json=NOTE)
    assert (reply.status, reply.body) == (200, b"a note;only reading")
    assert reply.finished
    assert await place.names() == ["a note"]


async def test_commit_a_client_that_leaves_while_sending(place: Place) -> None:
    reply = await place.writer(
        "POST", "/api/v1/notes/notes", body=b'{"name": ', content_length="20", leave=True
    )
    assert reply.status == 0
    assert await place.names() == []


async def test_commit_a_request_that_is_cancelled(place: Place) -> None:
    asking = asyncio.create_task(place.writer("POST", "/api/v1/notes/slow", json=NOTE))
    await place.notes.INSIDE.wait()
    assert await place.stuck() == 1
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)
    place.notes.GATE.set()
    assert await place.names() == []
    assert await place.stuck() == 0
