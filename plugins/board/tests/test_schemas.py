"""What may be typed into a post, a comment and a board."""

from datetime import UTC, datetime
from typing import Any
from unicodedata import normalize
from uuid import UUID

import pytest
from pydantic import ValidationError

from maru_board.comments.schemas import CommentIn
from maru_board.schemas import BoardIn, PostChange, PostIn

BOARD = UUID(int=1)


def post(**given: Any) -> PostIn:
    return PostIn(**{"board_id": BOARD, "title": "제목", "content": ""} | given)


def fault(**given: Any) -> str:
    with pytest.raises(ValidationError) as caught:
        post(**given)
    return caught.value.errors()[0]["type"]


class TestTimes:
    @pytest.mark.parametrize("field", ["publish_at", "expires_at", "updated_at"])
    def test_are_read_as_strictly_from_json_as_the_api_reads(self, field: str) -> None:
        at = "2026-12-06T09:17:50+09:00"
        body = f'{{"title": "제목", "{field}": "{at}"}}'
        read = PostChange.model_validate_json(body, strict=True)
        assert getattr(read, field) == datetime.fromisoformat(at)

    @pytest.mark.parametrize("at", ["tomorrow", "2026-12-06T09:17:50", 5])
    def test_nonsense_and_what_has_no_zone_is_refused(self, at: object) -> None:
        with pytest.raises(ValidationError):
            PostChange.model_validate({"title": "제목", "publish_at": at}, strict=True)


class TestTitle:
    def test_is_one_line_without_blanks_around(self) -> None:
        assert post(title="  두  줄\n제목 ").title == "두 줄 제목"

    def test_is_joined_as_koreans_type_it(self) -> None:
        assert post(title=normalize("NFD", "한글 제목")).title == "한글 제목"

    def test_counts_characters_after_joining(self) -> None:
        assert len(post(title=normalize("NFD", "가나다라각" * 40)).title) == 200

    @pytest.mark.parametrize("title", ["", "   ", "\n\t"])
    def test_needs_something_to_read(self, title: str) -> None:
        assert fault(title=title) == "string_too_short"

    def test_ends_at_two_hundred_characters(self) -> None:
        assert len(post(title="가" * 200).title) == 200
        assert fault(title="가" * 201) == "string_too_long"

    @pytest.mark.parametrize("title", ["a\0b", "a\x07b", "\x1b[31m"])
    def test_holds_no_control_characters(self, title: str) -> None:
        assert fault(title=title) == "value_error"

    @pytest.mark.parametrize("title", [1, None, ["x"], {"a": 1}])
    def test_is_text(self, title: object) -> None:
        assert fault(title=title) == "string_type"

    def test_keeps_families_of_emoji_together(self) -> None:
        assert post(title="👨‍👩‍👧‍👦 🇰🇷").title == "👨‍👩‍👧‍👦 🇰🇷"


class TestContent:
    def test_may_be_empty(self) -> None:
        assert post(content="").content == ""

    def test_plain_text_becomes_paragraphs(self) -> None:
        assert post(content="하나\r\n둘\r셋\n\n").content == "<p>하나<br>둘<br>셋</p>"

    def test_ends_at_a_hundred_thousand_characters(self) -> None:
        whole = f"<p>{'가' * 99_993}</p>"
        assert post(content=whole).content == whole
        assert fault(content=f"{whole}<hr>") == "string_too_long"

    def test_is_cleaned(self) -> None:
        assert post(content="<h1 onclick=x>가\0</h1><script>x</script>").content == "<h2>가</h2>"


class TestTime:
    def test_of_a_form_may_be_empty(self) -> None:
        assert PostChange.model_validate({"title": "x", "publish_at": ""}).publish_at is None

    def test_has_a_zone(self) -> None:
        assert fault(publish_at="2026-11-20T09:00:00") == "timezone_aware"
        given = post(publish_at="2026-11-20T09:00:00+09:00").publish_at
        assert given == datetime(2026, 11, 20, tzinfo=UTC)


class TestUnknownFields:
    def test_of_a_post_are_refused(self) -> None:
        assert fault(author_id=str(BOARD)) == "extra_forbidden"

    def test_counters_cannot_be_written(self) -> None:
        for name in ("view_count", "is_published", "tenant_id", "published_at"):
            with pytest.raises(ValidationError):
                PostChange.model_validate({"title": "x", name: 1})


class TestComment:
    def test_needs_something_to_read(self) -> None:
        with pytest.raises(ValidationError):
            CommentIn(content=" \n ")

    def test_of_a_form_without_parent_begins_a_thread(self) -> None:
        given = CommentIn.model_validate({"content": "네", "parent_id": ""})
        assert given.parent_id is None


class TestBoard:
    def test_has_a_kind_of_some_plugins(self) -> None:
        BoardIn.model_validate({"name": "x", "kind": "acme_ideas.idea"})
        for kind in ("", "Notice", "a.b.c", "x y"):
            with pytest.raises(ValidationError):
                BoardIn.model_validate({"name": "x", "kind": kind})

    def test_stands_somewhere(self) -> None:
        with pytest.raises(ValidationError):
            BoardIn.model_validate({"name": "x", "position": -1})
