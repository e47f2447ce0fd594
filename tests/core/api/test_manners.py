"""The API's manners: envelope, errors, languages, lists, ETag, compression, keys and limits."""

import asyncio
import gzip
import time
from uuid import uuid4

import brotli
import pytest
from tests.core.api.asking import switch_on
from tests.core.api.conftest import Place

NOTE = {"name": "a note"}
NOTES = "/api/v1/notes/notes"


class TestErrors:
    async def test_speak_the_readers_language(self, place: Place) -> None:
        korean = await place.anyone("GET", NOTES, accept_language="fr, ko;q=0.8, en;q=0.1")
        english = await place.anyone("GET", NOTES, accept_language="en-GB,ko;q=0.1")
        assert korean.json["error"]["message"] == "로그인하세요."
        assert english.json["error"]["message"] == "Please sign in"
        assert korean.code == english.code == "UNAUTHENTICATED"

    async def test_name_the_fields(self, place: Place) -> None:
        reply = await place.writer(
            "POST", NOTES, json={"name": "", "rank": "x", "is_admin": True}, accept_language="en"
        )
        assert (reply.status, reply.code) == (422, "VALIDATION_FAILED")
        fields = {
            f["path"]: (f["code"], f["message"]) for f in reply.json["error"]["details"]["fields"]
        }
        assert fields == {
            "name": ("string_too_short", "This should have at least 1 characters"),
            "rank": ("int_type", "This should be a whole number"),
            "is_admin": ("extra_forbidden", "There is no such field"),
        }

    async def test_unknown_things(self, place: Place) -> None:
        for path in ("/api/v1/nothing", "/api/v1/notes/nothing", "/api/v2/notes/notes", "/api/v1/"):
            reply = await place.writer("GET", path)
            assert (reply.status, reply.code) == (404, "NOT_FOUND"), path
        wrong = await place.writer("PUT", NOTES, json=NOTE)
        assert (wrong.status, wrong.code) == (405, "METHOD_NOT_ALLOWED")
        assert wrong.header("allow") == "GET, HEAD, POST"

    async def test_a_plugin_that_is_off_is_nowhere(self, place: Place) -> None:
        await switch_on(place.rooms, place.hanbit, "notes", enabled=False)
        for method, path in (("GET", NOTES), ("POST", NOTES), ("PUT", NOTES), ("GET", "/notes")):
            reply = await place.writer(method, path, accept="application/json")
            assert reply.status == 404, path
        assert (await place.writer("GET", NOTES)).code == "NOT_FOUND"
        foreign = place.token("reader", place.saebom)
        still = await place.anyone(
            "GET", NOTES, host="saebom.maru.test", authorization=f"Bearer {foreign}"
        )
        assert still.status == 200

    async def test_an_exhausted_pool_is_not_waited_for_long(self, place: Place) -> None:
        engine = place.rooms.database.engine
        taken = [await engine.connect() for _ in range(place.rooms.settings.db_pool_size)]
        try:
            reply = await place.writer("POST", NOTES, json=NOTE)
        finally:
            for connection in taken:
                await connection.close()
        assert (reply.status, reply.code) == (503, "UNAVAILABLE")
        assert reply.header("retry-after") == "5"
        assert (await place.writer("POST", NOTES, json=NOTE)).status == 201


class TestBadInput:
    @pytest.mark.parametrize(
        ("body", "status"),
        [
            (b"", 422), (b"null", 422), (b"[]", 422), (b'"x"', 422), (b"{", 400), (b"{}x", 400),
            (b"\xef\xbb\xbf{}", 400), (b'{"name":"\xff"}', 400), (b"\x00", 400),
            (b'{"name":"a","name":"b"}', 400), (b'{"name":"a\\u0000b"}', 422),
            (b'{"name":"\\ud800"}', 422), (b'{"name":"\\udc00\\ud800"}', 422),
            (b'{"name":"a","rank":NaN}', 422), (b'{"name":"a","rank":Infinity}', 422),
            (b'{"name":"a","rank":1e400}', 422), (b'{"name":"a","rank":1.5}', 422),
            (b'{"name":"a","rank":99999999999999999999}', 422),
            (b'{"name":"a","rank":' + b"9" * 5000 + b"}", 400),
            (b"[" * 100_000, 400), (b'{"a":' * 100_000, 400),
            (b"[" * 100_000 + b"]" * 100_000, 400),
            (b"{" + b",".join(b'"k%d":1' % n for n in range(50_000)) + b"}", 400),
            (b'{"name":"a","rank":"1"}', 422), (b'{"name":"a","rank":true}', 422),
            (b'{"name":1}', 422),
            (b'{"name":["a"]}', 422), (b'{"name":{"a":1}}', 422), (b'{"\\u0000":"a"}', 422),
            (b'{"name":"a"}', 201), ('{"name":"가\\ud83d\\ude00🎉"}'.encode(), 201),
        ],
        ids=lambda v: str(v)[:24],
    )  # fmt: skip
    async def test_bodies(self, place: Place, body: bytes, status: int) -> None:
        started = time.perf_counter()
        reply = await place.writer("POST", NOTES, body=body, content_type="application/json")
        assert reply.status == status, reply.body[:200]
        assert time.perf_counter() - started < 10
        assert len(await place.names()) == (status == 201)

    @pytest.mark.parametrize(
        ("query", "code"),
        [
            ("page=0", "greater_than_equal"), ("limit=101", "less_than_equal"),
            ("limit=x", "int_parsing"), ("page=1&page=2", "repeated"),
            ("unknown=1", "extra_forbidden"), ("q=%00", "text_unfit"),
            ("order=up", "literal_error"),
            ("tenant_id=1", "extra_forbidden"),
        ],
    )  # fmt: skip
    async def test_queries(self, place: Place, query: str, code: str) -> None:
        reply = await place.reader("GET", NOTES, query=query)
        assert (reply.status, reply.code) == (422, "VALIDATION_FAILED")
        assert [field["code"] for field in reply.json["error"]["details"]["fields"]] == [code]

    async def test_several_values_are_listed_without_english(self, place: Place) -> None:
        reply = await place.reader("GET", NOTES, query="order=up", accept_language="ko")
        (field,) = reply.json["error"]["details"]["fields"]
        assert field["message"] == "'asc', 'desc' 중 하나여야 합니다"

    async def test_a_repeatable_query(self, place: Place) -> None:
        reply = await place.reader("GET", NOTES, query="tag=a&tag=b&q=%ED%95%9C")
        assert reply.status == 200

    @pytest.mark.parametrize(
        "path",
        [
            "/api/v1/notes/../notes", "/api/v1//notes/notes", "/api/v1/notes//notes",
            "/api/v1/notes/notes/", "/api/v1/Notes/notes", "/api/v1/notes/notes;x",
            "/api/v1/notes/./notes", "//api/v1/notes/notes", "/api/v1/notes/notes/a/b",
            "/api/v1/notes/％2e", "/notes/../health", "/notes//", "/static/../app.py",
        ],
    )  # fmt: skip
    async def test_odd_paths_are_nowhere(self, place: Place, path: str) -> None:
        assert (await place.reader("GET", path)).status == 404

    @pytest.mark.parametrize("path", ["/api/v1/notes\x00", "/a\\b", "/a\r\nb", "/\ufffd", "*"])
    async def test_broken_paths_are_refused(self, place: Place, path: str) -> None:
        assert (await place.reader("GET", path)).status == 400

    async def test_a_path_parameter_that_does_not_fit(self, place: Place) -> None:
        reply = await place.reader("GET", f"{NOTES}/1")
        assert (reply.status, reply.code) == (422, "VALIDATION_FAILED")

    async def test_a_large_body_is_not_read(self, place: Place) -> None:
        declared = await place.writer("POST", NOTES, body=b"", content_length="100000000")
        assert (declared.status, declared.code) == (413, "BODY_TOO_LARGE")
        chunks = [b"x" * 400_000] * 250
        chunked = await place.writer("POST", NOTES, chunks=chunks)
        assert (chunked.status, chunked.code) == (413, "BODY_TOO_LARGE")

    async def test_two_lengths(self, place: Place) -> None:
        raw = [(b"content-length", b"5")]
        assert (await place.writer("POST", NOTES, json=NOTE, raw=raw)).status == 400
        raw = [(b"transfer-encoding", b"chunked")]
        assert (await place.writer("POST", NOTES, json=NOTE, raw=raw)).status == 400


class TestEtag:
    async def test_is_over_the_data_not_the_time(self, place: Place) -> None:
        first, second = [await place.reader("GET", NOTES) for _ in range(2)]
        etag = first.header("etag")
        assert etag is not None
        assert etag == second.header("etag")
        assert first.json["timestamp"] != second.json["timestamp"]
        same = await place.reader("GET", NOTES, if_none_match=f'"x", {etag}')
        assert (same.status, same.body, same.header("etag")) == (304, b"", etag)
        await place.writer("POST", NOTES, json=NOTE)
        fresh = await place.reader("GET", NOTES, if_none_match=etag)
        assert fresh.status == 200
        assert fresh.header("etag") != etag

    async def test_head(self, place: Place) -> None:
        read = await place.reader("GET", NOTES)
        head = await place.reader("HEAD", NOTES)
        assert (head.status, head.body) == (200, b"")
        assert head.header("content-length") == str(len(read.body))
        assert head.header("etag") == read.header("etag")


class TestCompression:
    @pytest.mark.parametrize(
        ("accepts", "coding"),
        [
            ("gzip", "gzip"), ("br", "br"), ("gzip, br", "br"), ("br;q=0, gzip", "gzip"),
            ("identity", None), ("", None), ("gzip;q=0", None),
        ],
    )  # fmt: skip
    async def test_codings(self, place: Place, accepts: str, coding: str | None) -> None:
        path = "/api/v1/notes/kept"
        plain = await place.reader("GET", path, query="size=50")
        reply = await place.reader("GET", path, query="size=50", accept_encoding=accepts)
        assert reply.header("content-encoding") == coding
        unpack = {"gzip": gzip.decompress, "br": brotli.decompress, None: bytes}[coding]
        body = unpack(reply.body)
        assert len(body) == len(plain.body)
        assert reply.header("content-length") == str(len(reply.body))
        if coding:
            assert len(reply.body) < len(plain.body) / 2
        assert "Accept-Encoding" in (reply.header("vary") or "")

    async def test_small_answers_stay(self, place: Place) -> None:
        reply = await place.reader("GET", "/api/v1/notes/open", accept_encoding="gzip, br")
        assert reply.header("content-encoding") is None


class TestIdempotency:
    async def test_the_same_again(self, place: Place) -> None:
        key = str(uuid4())
        first, again = [
            await place.writer("POST", NOTES, json=NOTE, idempotency_key=key) for _ in range(2)
        ]
        assert first.status == again.status == 201
        assert first.body == again.body
        assert again.header("content-type") == "application/json"
        assert again.header("idempotency-replayed") == "true"
        assert first.header("idempotency-replayed") is None
        assert await place.names() == ["a note"]

    async def test_another_body(self, place: Place) -> None:
        await place.writer("POST", NOTES, json=NOTE, idempotency_key="k")
        reply = await place.writer("POST", NOTES, json={"name": "other"}, idempotency_key="k")
        assert (reply.status, reply.code) == (409, "IDEMPOTENCY_KEY_REUSED")
        assert await place.names() == ["a note"]

    async def test_at_the_same_time(self, place: Place) -> None:
        replies = await asyncio.gather(
            *(place.writer("POST", NOTES, json=NOTE, idempotency_key="k") for _ in range(4))
        )
        assert [reply.status for reply in replies] == [201] * 4
        assert len({reply.body for reply in replies}) == 1
        assert await place.names() == ["a note"]

    async def test_of_another_person_or_route(self, place: Place) -> None:
        other = place.anyone.having(authorization=f"Bearer {place.token('writer')}")
        await place.writer("POST", NOTES, json=NOTE, idempotency_key="k")
        await other("POST", "/api/v1/notes/background", json=NOTE, idempotency_key="k")
        await place.anyone("POST", "/api/v1/notes/login", json=NOTE, idempotency_key="k")
        assert await place.names() == ["a note"] * 3

    async def test_a_refused_one_may_be_sent_again(self, place: Place) -> None:
        for _ in range(2):
            reply = await place.writer(
                "POST", "/api/v1/notes/refused", json=NOTE, idempotency_key="k"
            )
            assert (reply.status, reply.code) == (409, "NOTES_CLOSED")
        assert await place.names() == []

    @pytest.mark.parametrize("key", ["a b", "x" * 256, "é"])
    async def test_keys_that_are_none(self, place: Place, key: str) -> None:
        reply = await place.writer("POST", NOTES, json=NOTE, idempotency_key=key)
        assert (reply.status, reply.code) == (400, "BAD_REQUEST")


class TestKept:
    async def test_is_made_once_per_tenant(self, place: Place) -> None:
        for _ in range(3):
            reply = await place.reader("GET", "/api/v1/notes/kept")
            assert reply.json["data"] == [{"id": str(place.hanbit), "name": "hanbit 0"}]
        other = place.token("reader", place.saebom)
        foreign = await place.anyone(
            "GET",
            "/api/v1/notes/kept",
            host="saebom.maru.test",
            authorization=f"Bearer {other}",
        )
        assert foreign.json["data"][0]["name"] == "saebom 0"
        assert place.notes.MADE == ["hanbit", "saebom"]

    async def test_is_made_once_at_a_time(self, place: Place) -> None:
        await asyncio.gather(*(place.reader("GET", "/api/v1/notes/kept") for _ in range(20)))
        assert place.notes.MADE == ["hanbit"]

    async def test_a_persons_own_is_theirs(self, place: Place) -> None:
        for asker, name in ((place.reader, "reader"), (place.writer, "writer")):
            assert (await asker("GET", "/api/v1/notes/mine")).json["data"] == name

    async def test_needs_what_it_needs(self, place: Place) -> None:
        await place.reader("GET", "/api/v1/notes/kept")
        assert (await place.anyone("GET", "/api/v1/notes/kept")).status == 401

    async def test_a_wrong_query_is_not_kept(self, place: Place) -> None:
        for _ in range(2):
            reply = await place.reader("GET", "/api/v1/notes/kept", query="size=x")
            assert reply.status == 422
