"""The forms of posts: what they ask depends on the board, and on who writes how."""

from datetime import datetime
from typing import Annotated, Any, Final
from uuid import UUID

from pydantic import BeforeValidator, Field

from maru_board.files import attachment, picture
from maru_board.permissions import MODERATE
from maru_board.schemas import LONGEST, BoardOut, PostShown, Source, Tags, Title
from maru_sdk import Context, Model
from maru_sdk.forms import mentions, pictures, uploads
from maru_sdk.rich import RichText

MARKS: Final = ("is_notice", "is_pinned")
Moment = Annotated[datetime | None, BeforeValidator(lambda value: value or None)]


class PostForm(Model):
    """The form of a post: of `content` and `markdown` one is shown."""

    prefix: str = Field("", max_length=30, title="Prefix")
    title: Title = Field(title="Title")
    content: RichText = Field(
        "", title="Content", max_length=LONGEST, json_schema_extra=pictures(picture)
    )
    markdown: Source = Field("", title="Markdown", json_schema_extra=mentions())
    tags: Tags = Field(
        [],
        max_length=10,
        title="Tags",
        description="With commas between them.",
        json_schema_extra={"x-kind": "text"},
    )
    files: list[UUID] = Field(
        [], title="Attachments", max_length=100, json_schema_extra=uploads(attachment)
    )
    is_notice: bool = Field(False, title="Notice")
    is_pinned: bool = Field(False, title="Pin to the top")
    publish_at: Moment = Field(
        None, title="Publish at", description="Leave it empty to publish at once."
    )
    expires_at: Moment = Field(
        None, title="Show until", description="Leave it empty to show it without end."
    )


class EditForm(PostForm):
    """The form of an existing post, which knows what it was made from."""

    version: int = Field(0, json_schema_extra={"x-kind": "hidden"})


def form_schema(
    ctx: Context, form: type[PostForm], on: BoardOut, *, markdown: bool, waits: bool = True
) -> dict[str, Any]:
    """What `fields_of` draws: the board's prefixes, marks for moderators alone, a time only while
    it can be set."""
    schema = form.model_json_schema()
    schema["properties"]["tags"]["default"] = ""  # a line of words, not a list
    hidden = ["content" if markdown else "markdown"]
    hidden += () if ctx.can(MODERATE, on=on) else MARKS
    hidden += () if waits else ("publish_at",)
    hidden += () if on.prefixes else ("prefix",)
    hidden += ("files",) if on.is_anonymous else ()
    for name in hidden:
        del schema["properties"][name]
    if on.is_anonymous:
        schema["properties"].get("content", {}).pop("x-upload", None)
    if on.prefixes:
        names = {"enum": on.prefixes, "x-names": {one: one for one in on.prefixes}}
        schema["properties"]["prefix"] |= names
        schema["required"] += ["prefix"] if on.needs_prefix else []
    return schema


def start_of(post: PostShown, *, markdown: bool) -> dict[str, Any]:
    """An existing post as its form begins."""
    start = post.model_dump(include={"prefix", "title", "version", *MARKS})
    start |= {"tags": ", ".join(post.tags), "expires_at": _said(post.expires_at)}
    start |= {"markdown": post.markdown} if markdown else {"content": post.html}
    if not post.is_published and not post.gone:
        start["publish_at"] = _said(post.published_at)
    return start


def _said(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
