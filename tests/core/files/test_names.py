"""Names on their way in and out."""

import unicodedata

import pytest

from maru.files.errors import NameRefused
from maru.files.names import clean_name, disposition, extension_of


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("보고서.pdf", "보고서.pdf"),
        (unicodedata.normalize("NFD", "한글 문서.hwp"), "한글 문서.hwp"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\kim\\표.xlsx", "표.xlsx"),
        ("a\x00b\x1f.txt", "ab.txt"),
        ("청구서\u202efdp.exe", "청구서fdp.exe"),
        ("\u200b숨은\u2066글자.md", "숨은글자.md"),
        ("  여러   칸 .txt. ", "여러 칸.txt"),
        (".gitignore", ".gitignore"),
        ("…", "…"),
    ],
)
def test_names_are_cleaned(given: str, kept: str) -> None:
    assert clean_name(given) == kept
    assert clean_name(kept) == kept


@pytest.mark.parametrize("given", ["", ".", "..", "../..", "a/", "\u200b", " . . ", "\x00\x01"])
def test_nothing_is_no_name(given: str) -> None:
    with pytest.raises(NameRefused):
        clean_name(given)


def test_long_names_keep_their_extension() -> None:
    kept = clean_name("가" * 400 + ".hwpx")
    assert kept.endswith("가.hwpx")
    assert len(kept.encode()) <= 240


def test_extensions_are_small_letters() -> None:
    assert [extension_of(name) for name in ("a.PDF", "a.tar.gz", "a", ".env")] == [
        "pdf",
        "gz",
        "",
        "",
    ]


def test_headers_carry_korean_names_twice() -> None:
    assert disposition("a b.pdf") == b'attachment; filename="a b.pdf"'
    assert disposition("보고 1.pdf") == (
        b"attachment; filename=\"__ 1.pdf\"; filename*=UTF-8''%EB%B3%B4%EA%B3%A0%201.pdf"
    )
    odd = disposition('a"b\\c%41.txt', inline=True)
    assert odd == b"inline; filename=\"a_b_c_41.txt\"; filename*=UTF-8''a%22b%5Cc%2541.txt"
    assert b"\r" not in disposition(clean_name("a\r\nSet-Cookie: x.txt"))
