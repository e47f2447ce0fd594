"""Kept heads are packed once, and what comes out is what any client unpacks."""

import gzip
import zlib
from collections.abc import Callable

import brotli
import pytest

from maru.api.packing import Packer

UNPACK: dict[bytes, Callable[[bytes], bytes]] = {b"br": brotli.decompress, b"gzip": gzip.decompress}
CODINGS = sorted(UNPACK)


def body(length: int, second: int) -> bytes:
    return b'{"data":"' + "게시물 ".encode() * length + b'","timestamp":"%04d"}' % second


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("length", [0, 1, 900, 40_000])
def test_the_end_differs_and_the_head_stays(coding: bytes, length: int) -> None:
    packer = Packer()
    for second in range(3):
        sent = body(length, second)
        assert UNPACK[coding](packer.pack(coding, b'W/"1"', sent, 6)) == sent


@pytest.mark.parametrize("coding", CODINGS)
def test_another_head_is_packed_anew(coding: bytes) -> None:
    packer = Packer()
    for length in (10, 20):
        sent = body(length, 1)
        assert UNPACK[coding](packer.pack(coding, b'W/"%d"' % length, sent, 6)) == sent


def test_gzip_ends_where_its_only_member_ends() -> None:
    packed = Packer().pack(b"gzip", b'W/"1"', body(50, 1), 6)
    reader = zlib.decompressobj(31)
    assert reader.decompress(packed) == body(50, 1)
    assert reader.eof
    assert reader.unused_data == b""


@pytest.mark.parametrize("coding", CODINGS)
def test_it_pays(coding: bytes) -> None:
    assert len(Packer().pack(coding, b'W/"1"', body(900, 1), 6)) < len(body(900, 1)) / 10
