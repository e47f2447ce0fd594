"""Every SELECT about what posts said before."""

from maru_board.models import Revision
from maru_board.queries import person
from maru_board.revisions.schemas import RevisionLine, RevisionOut
from maru_board.revisions.service import KEPT
from maru_sdk.db import Query, bindparam, col, desc, select_as

REVISIONS = Query(
    select_as(RevisionLine, Revision, editor=person(Revision.editor_id))
    .where(col(Revision.post_id) == bindparam("post_id"))
    .order_by(desc(Revision.version))
    .limit(KEPT),
    RevisionLine,
)
# A revision and the one after it: the change that lies between them.
CHANGE = Query(
    select_as(RevisionOut, Revision, editor=person(Revision.editor_id))
    .where(
        col(Revision.post_id) == bindparam("post_id"),
        col(Revision.version) >= bindparam("version"),
    )
    .order_by(col(Revision.version))
    .limit(2),
    RevisionOut,
)
