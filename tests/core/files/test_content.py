"""What a file holds, whatever it is called."""

import io
import zipfile

import pytest

from maru.files.content import judged, sniffed
from maru.files.errors import ContentRefused, DoubleMeaning, ExecutableRefused, TypeRefused

PDF = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
PROGRAM = b"MZ" + b"\x90" * 58 + (64).to_bytes(4, "little") + b"PE\0\0" + b"\0" * 60


def zipped() -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as archive:
        archive.writestr("a.txt", "안녕")
    return held.getvalue()


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (PDF, "application/pdf"),
        (PNG, "image/png"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
        ("안녕하세요".encode(), "text/plain"),
        ("안녕하세요".encode()[:-1], "text/plain"),
        ("안녕하세요".encode("cp949"), "text/plain"),
        (b"<?xml version='1.0'?><svg xmlns='x' onload='x()'>", "image/svg+xml"),
        (b"\n<!DOCTYPE html><p>x", "text/html"),
        (b"\x00\x01\x02", "application/octet-stream"),
        (b"", "text/plain"),
    ],
)
def test_content_tells_its_type(head: bytes, kind: str) -> None:
    assert sniffed(head) == kind


def test_names_make_it_finer() -> None:
    whole = zipped()
    assert judged("계획.docx", whole, whole).endswith("wordprocessingml.document")
    assert judged("표.csv", b"a,b\n", b"a,b\n") == "text/csv"
    assert judged("MZ로 시작하는 글.txt", b"MZ is a text", b"MZ is a text") == "text/plain"


@pytest.mark.parametrize("head", [PROGRAM, b"\x7fELF\x02\x01", b"#!/bin/sh\n", b"\xca\xfe\xba\xbe"])
def test_programs_are_refused_by_any_name(head: bytes) -> None:
    with pytest.raises(ExecutableRefused):
        judged("청구서.pdf", head, head)


@pytest.mark.parametrize(("name", "head"), [("a.pdf", PNG), ("a.png", PDF), ("a.jpg", b"<svg >")])
def test_content_must_be_what_the_name_says(name: str, head: bytes) -> None:
    with pytest.raises(ContentRefused):
        judged(name, head, head)


@pytest.mark.parametrize(("name", "head"), [("a.png", PNG), ("a.pdf", PDF)])
def test_two_kinds_in_one_are_refused(name: str, head: bytes) -> None:
    with pytest.raises(DoubleMeaning):
        judged(name, head, head + zipped())


def test_tenants_refuse_types() -> None:
    with pytest.raises(TypeRefused):
        judged("a.EXE", b"text", b"text", frozenset({"exe"}))
