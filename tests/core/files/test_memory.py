"""An upload of 300 MB doesn't need the memory for it, going in or coming out."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

SIZE = 300 << 20
GROWS = 96 << 20
"""Pieces of 8 MB, held twice while one is written, and what the interpreter keeps of them."""

PROGRAM = """
import asyncio, json, resource, sys
from pathlib import Path
from uuid import uuid4
from maru.files.places import store_of
from maru.files.shelf import Bounds, Shelf

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss << 10

async def pieces(size):
    piece = bytes(range(256)) * 4096
    for _ in range(size // len(piece)):
        yield piece

async def main(folder, size):
    shelf, tenant = Shelf(store_of("", Path(folder))), uuid4()
    began = peak()
    kept = await shelf.keep(tenant, "큰 파일.bin", pieces(size), Bounds(largest=size))
    from maru.files.store import blob_key
    read = 0
    async for piece in shelf.store.read(blob_key(tenant, kept.id), 0, kept.size):
        read += len(piece)
    print(json.dumps({"grew": peak() - began, "kept": kept.size, "read": read}))

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


@pytest.mark.slow
def test_a_large_file_goes_through_little_memory(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path), str(SIZE)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    said = json.loads(done.stdout)
    assert said["kept"] == said["read"] == SIZE
    assert said["grew"] < GROWS, said
