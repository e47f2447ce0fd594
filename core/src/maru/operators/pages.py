"""`/operator`: the pages."""

from maru.operators.errand import Errand
from maru.operators.sessions import OperatorSessions
from maru_sdk import Navigation
from maru_sdk.declarations import ActionDeclaration, PageDeclaration

NAVIGATION: tuple[Navigation, ...] = ()


def operator_pages(
    sessions: OperatorSessions, errand: Errand
) -> list[PageDeclaration | ActionDeclaration]:
    return []
