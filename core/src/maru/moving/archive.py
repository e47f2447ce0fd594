"""The archive: a zip with a file of JSON lines for each table and a manifest that names them all,
with their hashes, signed. Rows are texts as PostgreSQL writes them, so nothing is rounded."""

import hashlib
import zipfile
import zlib
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, Self
from uuid import UUID

from pydantic import ValidationError

from maru.moving.errors import ArchiveBroken
from maru.moving.sealing import ArchiveKey
from maru_sdk import Model

FORMAT: Final = "maru-tenant/1"
MANIFEST: Final = "manifest.json"
SIGNATURE: Final = "manifest.sig"
CONTENTS: Final = "contents.ndjson"
_MOST_MANIFEST: Final = 16 << 20
_LONGEST_LINE: Final = 64 << 20
_BLOCK: Final = 1 << 20


class Part(Model):
    """One table's file."""

    table: str
    columns: list[str]
    rows: int
    sha256: str

    @property
    def file(self) -> str:
        """Its name in the archive."""
        return f"tables/{self.table}.ndjson"


class Content(Model):
    """What a file holds, which lies in the store and not in a table."""

    id: UUID
    size: int
    sha256: str

    @property
    def file(self) -> str:
        """Its name in the archive."""
        return f"files/{self.id}"


class Manifest(Model):
    """What is in an archive. `revisions` are the schemas' (core's and each plugin's), `tenant` its
    row in the directory; `salt` is there where a passphrase seals it; `contents` is the hash of the
    list of what files hold, absent where there are none."""

    format: str = FORMAT
    maru: str
    revisions: dict[str, str]
    versions: dict[str, str]
    exported_at: datetime
    salt: str | None = None
    tenant_id: UUID
    slug: str
    tenant: dict[str, str | None]
    parts: list[Part]
    contents: str | None = None

    @property
    def rows(self) -> int:
        """How many there are in all tables."""
        return sum(part.rows for part in self.parts)


class ArchiveWriter:
    """Writes an archive part by part; every method may block."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._draft = path.with_name(f"{path.name}.part")
        self._draft.touch(mode=0o600)
        self._zip = zipfile.ZipFile(self._draft, "w", zipfile.ZIP_DEFLATED, compresslevel=6)

    def begin(self, table: str) -> "PartWriter":
        """A new table's file; the one before must be finished."""
        name = f"tables/{table}.ndjson"
        return PartWriter(self._zip.open(name, "w", force_zip64=True))

    def begin_content(self, content_id: UUID) -> IO[bytes]:
        """A file's content, as it is: most of it is compressed already."""
        info = zipfile.ZipInfo(f"files/{content_id}")
        return self._zip.open(info, "w", force_zip64=True)

    def list_contents(self, contents: list[Content]) -> str:
        """Says what contents there are; the hash of that."""
        listed = "".join(f"{one.model_dump_json()}\n" for one in contents).encode()
        self._zip.writestr(CONTENTS, listed)
        return hashlib.sha256(listed).hexdigest()

    def finish(self, manifest: Manifest, key: ArchiveKey) -> None:
        """Adds the manifest and puts the archive, whole, where it belongs."""
        content = manifest.model_dump_json(indent=1).encode()
        self._zip.writestr(MANIFEST, content)
        self._zip.writestr(SIGNATURE, key.sign(content))
        self._zip.close()
        self._draft.rename(self._path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is not None:
            self._zip.fp = None  # a part may be open still; what was written goes with the draft
            self._draft.unlink(missing_ok=True)


class PartWriter:
    """Writes one table's lines."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._hash = hashlib.sha256()
        self.rows = 0

    def write(self, lines: list[str]) -> None:
        """These rows, each a line of JSON."""
        block = "".join(f"{line}\n" for line in lines).encode()
        self._hash.update(block)
        self._file.write(block)
        self.rows += len(lines)

    def finish(self) -> str:
        """Closes the file; its hash."""
        self._file.close()
        return self._hash.hexdigest()


class ArchiveReader:
    """Reads an archive; every method may block, and raises ArchiveBroken for what isn't whole."""

    def __init__(self, path: Path) -> None:
        try:
            self._zip = zipfile.ZipFile(path)
            self.content = self._small(MANIFEST)
            self.signature = self._small(SIGNATURE).decode("ascii", "replace")
            self.manifest = Manifest.model_validate_json(self.content)
        except (zipfile.BadZipFile, OSError, EOFError) as error:
            raise ArchiveBroken(problem=f"it is no whole archive ({error})") from None
        except ValidationError:
            raise ArchiveBroken(problem="its manifest can't be read") from None
        if self.manifest.format != FORMAT:
            raise ArchiveBroken(problem=f"its format is {self.manifest.format!r}, not {FORMAT!r}")

    def _small(self, name: str) -> bytes:
        try:
            with self._zip.open(name) as file:
                return file.read(_MOST_MANIFEST)
        except KeyError:
            raise ArchiveBroken(problem=f"it has no {name}") from None

    def verify(self) -> None:
        """Reads everything once and compares it with the manifest."""
        known = {part.file for part in self.manifest.parts} | {MANIFEST, SIGNATURE}
        hashes = {part.file: part.sha256 for part in self.manifest.parts}
        if self.manifest.contents is not None:
            self._check(CONTENTS, self.manifest.contents)
            known |= {CONTENTS}
            hashes |= {one.file: one.sha256 for one in self.contents()}
        if stray := set(self._zip.namelist()) ^ (known | hashes.keys()):
            raise ArchiveBroken(problem=f"{min(stray)} is missing or doesn't belong there")
        for name, sha256 in hashes.items():
            self._check(name, sha256)

    def _check(self, name: str, sha256: str) -> None:
        hashed = hashlib.sha256()
        for block in self.blocks(name):
            hashed.update(block)
        if hashed.hexdigest() != sha256:
            raise ArchiveBroken(problem=f"{name} isn't what the manifest says")

    def blocks(self, name: str) -> Iterator[bytes]:
        """What a file of the archive holds."""
        try:
            with self._zip.open(name) as file:
                while block := file.read(_BLOCK):
                    yield block
        except (zipfile.BadZipFile, zlib.error, OSError, EOFError, KeyError) as error:
            raise ArchiveBroken(problem=f"{name}: {error}") from None

    def contents(self) -> list[Content]:
        """What files hold, by the list that was verified."""
        if self.manifest.contents is None:
            return []
        listed = b"".join(self.blocks(CONTENTS))
        return [Content.model_validate_json(line) for line in listed.splitlines()]

    def batches(self, part: Part, rows: int, size: int) -> Iterator[list[bytes]]:
        """A table's lines, so many and so large at a time."""
        batch: list[bytes] = []
        held = 0
        with self._zip.open(part.file) as file:
            while line := file.readline(_LONGEST_LINE):
                batch.append(line.rstrip(b"\n"))
                held += len(line)
                if len(batch) >= rows or held >= size:
                    yield batch
                    batch, held = [], 0
        if batch:
            yield batch

    def close(self) -> None:
        """Closes the file."""
        self._zip.close()


def told(_: int, __: int) -> Any:
    """Nobody to tell."""
