"""Where entries come from: the pages and people that the reader may see, what plugins offer to do,
and help."""

import unicodedata
from collections.abc import Iterator
from typing import Final

from maru.access.permissions import USERS_READ
from maru.api.surfaces import domain_of
from maru.help.reading import readable
from maru.identity.hangul import initials
from maru.identity.people_queries import UserOut
from maru.organization.listing import colleagues
from maru.palette.entries import Candidate, Entry, best
from maru.palette.matching import rank
from maru.plugins.context import Call
from maru.web.frame import lets_in
from maru_sdk import PageParams, palette
from maru_sdk.declarations import PageDeclaration

_OWN: Final = "preferences"
_MOST_PEOPLE: Final = 100


def places(call: Call, sought: str, most: int) -> list[Entry]:
    """Pages of the navigation, and those around the reader's own account."""
    return best([*_navigation(call), *_own_pages(call)], sought, most)


def _navigation(call: Call) -> Iterator[Candidate]:
    found = sorted(call.services.host.declared("navigation"), key=lambda each: each[1].order)
    for whose, link in found:
        if not call.services.gate.on(call.tenant.id, whose.key):
            continue
        if link.needs is None or lets_in(call.granted, link.needs):
            title = call.services.languages.translate(domain_of(whose), call.locale, link.title)
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
    """Colleagues by the beginning of a name, of its consonants, of both mixed, or of a number."""
    if not sought.strip() or not call.granted.can(USERS_READ):
        return []
    ctx = call.ctx("organization")
    found = list(await colleagues(ctx, PageParams(limit=most), sought))
    if not found and (consonants := _consonants(sought)):
        some = await colleagues(ctx, PageParams(limit=_MOST_PEOPLE), consonants)
        found = [one for one in some if rank(sought, one.name) == 0][:most]
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


def _consonants(sought: str) -> str:
    """The consonants of what was typed in Korean, be it syllables or consonants already."""
    text = initials(unicodedata.normalize("NFC", sought))
    return text if text and all("ㄱ" <= char <= "ㅎ" for char in text) else ""


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
