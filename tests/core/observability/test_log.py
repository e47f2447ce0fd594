"""Lines that nobody can forge and that give nothing away."""

import io
import logging
from typing import Any
from uuid import uuid4

import orjson
import pytest

from maru.observability.log import Journal, JournalHandler
from maru.observability.masking import masked
from maru.observability.trace import trace_of


def written(*args: Any, level: str = "INFO", **fields: Any) -> list[dict[str, Any]]:
    out = io.BytesIO()
    journal = Journal("web", level, out)
    journal.write(*args, **fields)
    journal.settle()
    return [orjson.loads(line) for line in out.getvalue().splitlines()]


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://maru:HUSH@db/maru", "Authorization: Bearer HUSH", "bearer HUSH.HUSH",
        "token eyJhbGciOi.HUSH.HUSH", "password=HUSH&x=1", "refresh_token=HUSH",
        "redis://:HUSH@127.0.0.1", "client_secret=HUSH",
    ],
)  # fmt: skip
def test_secrets_are_masked_in_texts(text: str) -> None:
    assert "HUSH" not in masked(text)
    assert "***" in masked(text)


@pytest.mark.parametrize("name", ["password", "new_password", "Authorization", "api_key", "csrf"])
def test_secrets_are_masked_by_name(name: str) -> None:
    (line,) = written(logging.INFO, "x", given={name: "HUSH"}, deep=[{"a": {name: ["HUSH"]}}])
    assert "HUSH" not in str(line)


def test_a_line_end_makes_no_second_line() -> None:
    (line,) = written(logging.INFO, 'a\r\n{"level":"error"}\x1b[31m\u2028', name="b\nc")
    assert line["message"].startswith("a\r\n")
    assert line["name"] == "b\nc"


def test_levels() -> None:
    assert written(logging.INFO, "x", level="WARNING") == []
    assert written(logging.ERROR, "x", level="WARNING")[0]["level"] == "error"


def test_what_json_does_not_know() -> None:
    key = uuid4()
    (line,) = written(logging.INFO, "x", key=key, kind=ValueError("password=HUSH"))
    assert line["key"] == str(key)
    assert "HUSH" not in line["kind"]


def test_libraries_log_there_too() -> None:
    out = io.BytesIO()
    logger = logging.getLogger("library")
    handler = JournalHandler(Journal("worker", "INFO", out))
    logger.addHandler(handler)
    try:
        raise RuntimeError("postgresql://u:HUSH@h/d")
    except RuntimeError:
        logger.exception("failed for %s", "x")
    finally:
        logger.removeHandler(handler)
    handler.journal.settle()
    line = orjson.loads(out.getvalue())
    assert (line["message"], line["logger"], line["service"]) == (
        "failed for x",
        "library",
        "worker",
    )
    assert "RuntimeError" in line["exception"]
    assert "HUSH" not in line["exception"]


class TestTrace:
    def test_of_the_caller(self) -> None:
        trace = "0af7651916cd43dd8448eb211c80319c"
        assert trace_of(f"00-{trace}-b7ad6b7169203331-01".encode()) == trace

    @pytest.mark.parametrize("header", [None, b"", b"x", b"00-" + b"0" * 32 + b"-" + b"1" * 16])
    def test_else_its_own(self, header: bytes | None) -> None:
        first, second = trace_of(header), trace_of(header)
        assert len(first) == 32
        assert first != second
