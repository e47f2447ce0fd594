"""Which parts of a file a header asks for."""

import pytest

from maru.files.ranges import RangeNotSatisfiable, Span, spans_of


@pytest.mark.parametrize(
    ("header", "spans"),
    [
        (None, None),
        ("bytes=0-0", [(0, 1)]),
        ("bytes=5-", [(5, 100)]),
        ("bytes=-7", [(93, 100)]),
        ("bytes=-700", [(0, 100)]),
        ("bytes=90-1000", [(90, 100)]),
        ("bytes=0-9, 20-29", [(0, 10), (20, 30)]),
        ("bytes=20-29,0-9", [(20, 30), (0, 10)]),
        ("bytes=0-9,5-19,200-", [(0, 20)]),
        ("bytes=9-5", None),
        ("bytes=", None),
        ("bytes=a-b", None),
        ("bytes=-", None),
        ("items=0-5", None),
    ],
)
def test_headers_are_read(header: str | None, spans: list[Span] | None) -> None:
    assert spans_of(header, 100) == spans


@pytest.mark.parametrize(
    "header",
    ["bytes=100-", "bytes=-0", "bytes=" + ",".join(f"{n}-{n}" for n in range(10_000))],
)
def test_what_is_not_there_or_too_much_is_refused(header: str) -> None:
    with pytest.raises(RangeNotSatisfiable):
        spans_of(header, 100)


def test_an_empty_file_has_no_parts() -> None:
    with pytest.raises(RangeNotSatisfiable):
        spans_of("bytes=0-", 0)
