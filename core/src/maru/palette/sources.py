"""Where entries come from: the pages and people that the reader may see, what plugins offer to do,
and help."""

from collections.abc import Iterator
from typing import Final

from maru.access.permissions import USERS_READ
from maru.help.reading import readable
from maru.identity.people_queries import UserOut
from maru.organization import seeking
from maru.palette.entries import Candidate, Entry, best
from maru.plugins.context import Call
from maru.web.navigation import open_links
from maru_sdk import palette
from maru_sdk.declarations import PageDeclaration

_OWN: Final = "preferences"


def places(call: Call, sought: str, most: int) -> list[Entry]:
    """Pages of the navigation, and those around the reader's own account."""
    return best([*_navigation(call), *_own_pages(call)], sought, most)


def _navigation(call: Call) -> Iterator[Candidate]:
    for title, link in open_links(call):
        detail = call.t("Administration") if link.url.startswith("/admin") else ""
        yield Candidate(entry=Entry(title=title, url=link.url, icon=link.icon, detail=detail))


def _own_pages(call: Call) -> Iterator[Candidate]:
    whose = call.services.host.installed[_OWN]
    for page in whose.plugin.declared("pages"):
        if isinstance(page, PageDeclaration) and "{" not in page.path:
            url = f"/{whose.url}{page.path}".rstrip("/")
            entry = Entry(title=call.t(page.title), url=url, icon="user", detail=call.t("Account"))
            yield Candidate(entry=entry)


async def commands(call: Call, sought: str, most: int) -> list[Entry]:
    """What plugins offer to do."""
    ask = palette.Sought(text=sought)
    answers = await call.services.points.collect(call, palette.commands, ask)
    offered = [
        Candidate(
            entry=Entry(title=one.title, url=one.url, icon=one.icon), keywords=tuple(one.keywords)
        )
        for answer in answers
        for one in answer.commands
    ]
    return best(offered, sought, most)


async def people(call: Call, sought: str, most: int) -> list[Entry]:
    """Colleagues whom it may mean."""
    if not sought.strip() or not call.granted.can(USERS_READ):
        return []
    found = await seeking.sought(call.ctx("organization"), sought, most)
    return [
        Entry(
            title=one.name,
            url=f"/organization/people/{one.id}",
            icon="circle-user",
            detail=_post(one),
        )
        for one in found
    ]


def _post(one: UserOut) -> str:
    department = one.department.name if one.department else ""
    return " · ".join(filter(None, (department, one.position)))


def helps(call: Call, sought: str, most: int) -> list[Entry]:
    """Help by its title, else by what it says."""
    if not sought.strip():
        return []
    texts = [(screen, screen.text(call.locale)) for screen in readable(call)]
    candidates = [
        Candidate(
            entry=Entry(title=text.title, url=screen.url, icon="circle-help"),
            keywords=(text.words,) if len(sought.strip()) > 1 else (),
        )
        for screen, text in texts
    ]
    return best(candidates, sought, most)
