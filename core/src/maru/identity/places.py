"""Where a browser may be sent after signing in: paths of this site and nowhere else."""

from typing import Final

HOME: Final = "/"
_MAX: Final = 2_000


def local(path: str | None) -> str:
    """`path` where it is a path on this host, else the portal page.

    Browsers read a backslash as a slash and drop tabs and line ends, so neither may occur.
    """
    if not path or len(path) > _MAX or not path.startswith("/") or path.startswith("//"):
        return HOME
    if "\\" in path or any(ord(char) < 33 or ord(char) == 127 for char in path):
        return HOME
    return HOME if _leads_out(path) else path


def _leads_out(path: str) -> bool:
    """Whether an encoded slash or backslash makes the start another host for who decodes it."""
    start = path[1:].lower()
    return start.startswith(("%2f", "%5c", "%09", "%0a", "%0d"))
