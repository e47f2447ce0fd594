"""People and departments that a post names: links to their pages, whose words begin with "@".

A link stays what it is in the editor, in Markdown, in print and in search. Who writes through the
API may put `<@person:ID>` or `<@department:ID>`, as in comments; it becomes such a link.
"""

import re
from collections.abc import Callable
from html import escape
from typing import Final
from uuid import UUID

from maru_board.comments.errors import TooManyMentions
from maru_board.comments.mentions import MOST, Mentions, checked
from maru_sdk import Context

_ID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PAGES: Final = {"person": "/organization/people/", "department": "/organization?department="}
_LINK: Final = re.compile(
    rf'<a href="(/organization/people/|/organization\?department=)({_ID})"[^<>]*>@'
)
_IN_HTML: Final = re.compile(rf"&lt;@(person|department):({_ID})&gt;")
_IN_MARKDOWN: Final = re.compile(rf"<@(person|department):({_ID})>")
_SIGNS: Final = re.compile(r"([\\`*_\[\]<>])")


def mentions_of(html: str) -> Mentions:
    """Whom a post names, each once."""
    found = dict.fromkeys((page, UUID(id_)) for page, id_ in _LINK.findall(html))
    people, departments = (
        [id_ for page, id_ in found if page == wanted] for wanted in _PAGES.values()
    )
    return Mentions(people=people, departments=departments)


def check_few(html: str) -> None:
    """Raises TooManyMentions where a post calls half the company one by one."""
    found = mentions_of(html)
    if len(found.people) + len(found.departments) > MOST:
        raise TooManyMentions(most=MOST)


async def linked_html(ctx: Context, html: str) -> str:
    """Rich text with a link for each mark; raises what `checked` does."""
    return await _linked(ctx, html, _IN_HTML, _html_link)


async def linked_markdown(ctx: Context, source: str) -> str:
    """Markdown with a link for each mark; raises what `checked` does."""
    return await _linked(ctx, source, _IN_MARKDOWN, _markdown_link)


def _html_link(url: str, name: str) -> str:
    return f'<a href="{url}" rel="noopener nofollow">@{escape(name)}</a>'


def _markdown_link(url: str, name: str) -> str:
    shown = _SIGNS.sub(r"\\\1", name)
    return f"[@{shown}]({url})"


async def _linked(
    ctx: Context, text: str, mark: re.Pattern[str], link: Callable[[str, str], str]
) -> str:
    marks = {f"<@{kind}:{id_}>" for kind, id_ in mark.findall(text)}
    if not marks:
        return text
    names = await checked(ctx, "".join(marks))
    return mark.sub(lambda found: link(_PAGES[found[1]] + found[2], names[UUID(found[2])]), text)
