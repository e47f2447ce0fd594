"""Scanners: who looks at what people upload before anybody gets it. Import it where you need it."""

from maru_sdk._context import Context
from maru_sdk._model import Model
from maru_sdk._points import extension_point

__all__ = ["Content", "Verdict", "file_scanner"]


class Content(Model):
    """What somebody has sent: `ctx.files.open(ask)` reads it, piece by piece, for as long as the
    scanner is asked. `name` is what the first file that holds it is called."""

    handle: str
    name: str
    size: int
    media_type: str


class Verdict(Model):
    """What was found in it, in the scanner's own words; None where it is clean."""

    found: str | None = None


@extension_point("choose", deadline="10m")
async def file_scanner(ctx: Context, ask: Content) -> Verdict:
    """Looks at content before anybody gets it: `@file_scanner.offer("clamd")`; the name is yours to
    choose, and taken once.

    Every scanner that is on in the tenant is asked about every new content, by a job, in a unit of
    work that only reads. The content is given out when all have found nothing. What one finds
    locks it away. A scanner that is away raises Temporary and is asked again for about a day; until
    then nobody gets the file. One that raises SystemFault can't judge this content, which stays
    shut until an administrator has the job run again. Content that was there before the scanner
    isn't looked at. Core offers `clamd` where the operator has one.
    """
    raise NotImplementedError  # a point has no answer of its own
