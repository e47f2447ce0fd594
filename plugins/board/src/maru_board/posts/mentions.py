"""People and departments that a post names: links to their pages, whose words begin with "@".

A link stays what it is in the editor, in Markdown, in print and in search. Who writes through the
API may put `<@person:ID>` or `<@department:ID>`, as in comments; it becomes such a link, except in
code, in another link and in a tag.
"""

import re
from collections.abc import Callable, Sequence
from html import escape
from typing import Final
from uuid import UUID

from maru_board.comments.errors import TooManyMentions
from maru_board.comments.mentions import MOST, Mentions, checked
from maru_board.posts.markdown import words_among
from maru_sdk import Context

_ID: Final = r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_PAGES: Final = {"person": "/organization/people/", "department": "/organization?department="}
_LINK: Final = re.compile(
    rf'<a href="(/organization/people/|/organization\?department=)({_ID})"[^<>]*>@'
)
_IN_HTML: Final = re.compile(rf"&lt;@(person|department):({_ID})&gt;")
_IN_MARKDOWN: Final = re.compile(rf"(?<!\\)<@(person|department):({_ID})>")
_SIGNS: Final = re.compile(r"([\\`*_\[\]<>|~])")
_TAG: Final = re.compile(r'<(?P<ends>/?)(?P<name>[a-z][a-z0-9]*)(?:"[^"]*"|[^">])*>')
_CLOSED: Final = frozenset({"a", "code", "pre"})
Pieces = Sequence[tuple[str, bool]]


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
    return await _linked(ctx, _pieces_of_html(html), _IN_HTML, _html_link)


async def linked_markdown(ctx: Context, source: str) -> str:
    """Markdown with a link for each mark; raises what `checked` does."""
    pieces = await ctx.run(_pieces_of_markdown, source)
    return await _linked(ctx, pieces, _IN_MARKDOWN, _markdown_link)


def _html_link(url: str, name: str) -> str:
    return f'<a href="{url}" rel="noopener nofollow">@{escape(name)}</a>'


def _markdown_link(url: str, name: str) -> str:
    shown = _SIGNS.sub(r"\\\1", name)
    return f"[@{shown}]({url})"


def _pieces_of_html(html: str) -> Pieces:
    """Clean rich text in pieces, each with whether marks count in it."""
    pieces, inside, at = [], 0, 0
    for tag in _TAG.finditer(html):
        pieces += [(html[at : tag.start()], not inside), (tag[0], False)]
        if tag["name"] in _CLOSED:
            inside += -1 if tag["ends"] else 1
        at = tag.end()
    return [*pieces, (html[at:], not inside)]


def _pieces_of_markdown(source: str) -> Pieces:
    """The same of Markdown: each mark that counts is a piece."""
    spots = [found.span() for found in _IN_MARKDOWN.finditer(source)]
    pieces, at = [], 0
    for begins, ends in words_among(source, spots):
        pieces += [(source[at:begins], False), (source[begins:ends], True)]
        at = ends
    return [*pieces, (source[at:], False)]


async def _linked(
    ctx: Context, pieces: Pieces, mark: re.Pattern[str], link: Callable[[str, str], str]
) -> str:
    found = (one for text, counts in pieces if counts for one in mark.findall(text))
    marks = {f"<@{kind}:{id_}>" for kind, id_ in found}
    names = await checked(ctx, "".join(marks)) if marks else {}

    def linked(mark: re.Match[str]) -> str:
        return link(_PAGES[mark[1]] + mark[2], names[UUID(mark[2])])

    return "".join(mark.sub(linked, text) if counts else text for text, counts in pieces)
