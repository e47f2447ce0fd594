"""Which store an installation has."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from maru.files.s3 import BucketStore
from maru.files.store import FolderStore, Store

SCHEMES = ("file", "s3+http", "s3+https")


def store_of(url: str, data: Path) -> Store:
    """The store of `MARU_FILES_URL`: `files` in the data folder where nothing is said, the folder
    of `file:///srv/files`, or the bucket of `s3+https://KEY:SECRET@host/bucket`. ValueError says
    what is wrong with it."""
    if not url:
        return FolderStore(data / "files")
    scheme = urlsplit(url).scheme
    if scheme not in SCHEMES:
        raise ValueError(f"begins with none of {', '.join(SCHEMES)}")
    if scheme == "file":
        return FolderStore(Path(unquote(urlsplit(url).path)))
    return BucketStore.of(url)
