"""The demo's texts: the same for the same seed, believable, and hard on what shows them."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from pydantic import TypeAdapter

from maru_board.phrases import with_particle
from maru_board.schemas import Remark, Title
from maru_board.seed import Writer, Written
from maru_sdk import User
from maru_sdk.rich import RichText

NOW = datetime(2026, 11, 20, 8, tzinfo=UTC)
NAMES = ("김민준", "이서연", "박지훈", "최수아", "남궁민", "Alex Kim")
PEOPLE = [
    User(id=UUID(int=place), username=f"p{place:02}", name=NAMES[place % 6])
    for place in range(1, 61)
]


def written(slug: str = "hanbit", seed: int = 20261120, people: int = 60) -> Written:
    return Writer(slug, seed, PEOPLE[:people], NOW, ZoneInfo("Asia/Seoul")).write()


@pytest.fixture(scope="module")
def hanbit() -> Written:
    return written()


class TestChance:
    def test_same_seed_writes_the_same(self, hanbit: Written) -> None:
        assert written() == hanbit

    def test_other_seed_writes_otherwise(self, hanbit: Written) -> None:
        assert written(seed=1).posts != hanbit.posts

    def test_tenants_have_different_posts(self, hanbit: Written) -> None:
        both = {row["id"] for row in hanbit.posts} & {row["id"] for row in written("saebom").posts}
        assert both == set()

    def test_one_person_is_enough(self) -> None:
        assert {row["author_id"] for row in written(people=1).posts} == {PEOPLE[0].id}

    def test_unknown_tenant_is_filled_too(self) -> None:
        assert written("elsewhere").posts


class TestSize:
    def test_hanbit_is_as_large_as_the_demo_promises(self, hanbit: Written) -> None:
        published = [row for row in hanbit.posts if row["is_published"]]
        assert len(hanbit.boards) >= 6
        assert len(published) == 600
        assert len(hanbit.comments) == 3_000

    def test_counters_are_those_of_the_rows(self, hanbit: Written) -> None:
        posts = Counter(row["board_id"] for row in hanbit.posts if row["is_published"])
        comments = Counter(row["post_id"] for row in hanbit.comments)
        assert posts == {row["id"]: row["post_count"] for row in hanbit.boards}
        assert all(row["comment_count"] == comments[row["id"]] for row in hanbit.posts)

    def test_ids_are_unique(self, hanbit: Written) -> None:
        rows = [*hanbit.boards, *hanbit.posts, *hanbit.comments]
        assert len({row["id"] for row in rows}) == len(rows)

    def test_two_posts_wait_for_their_time(self, hanbit: Written) -> None:
        waiting = [row for row in hanbit.posts if not row["is_published"]]
        assert len(waiting) == 2
        assert all(row["published_at"] > NOW for row in waiting)


class TestTimes:
    def test_posts_spread_over_the_last_year(self, hanbit: Written) -> None:
        times = [row["published_at"] for row in hanbit.posts if row["is_published"]]
        assert max(times) < NOW
        assert min(times) > NOW - timedelta(days=370)
        assert len({(time.year, time.month) for time in times}) >= 12

    def test_comments_come_after_their_post_and_their_parent(self, hanbit: Written) -> None:
        posts = {row["id"]: row["published_at"] for row in hanbit.posts}
        told = {row["id"]: row for row in hanbit.comments}
        for row in hanbit.comments:
            assert posts[row["post_id"]] < row["created_at"] <= NOW
            if row["parent_id"]:
                assert told[row["parent_id"]]["created_at"] <= row["created_at"]
                assert told[row["parent_id"]]["thread_id"] == row["thread_id"]


class TestTexts:
    def test_all_could_have_been_typed_into_the_forms(self, hanbit: Written) -> None:
        title, content, remark = (TypeAdapter(kind) for kind in (Title, RichText, Remark))
        for row in hanbit.posts:
            assert title.validate_python(row["title"]) == row["title"]
            assert content.validate_python(row["content"]) == row["content"]
        for row in hanbit.comments:
            assert remark.validate_python(row["content"]) == row["content"]

    def test_no_blank_is_left_unfilled(self, hanbit: Written) -> None:
        texts = [row["content"] for row in hanbit.comments]
        texts += [row["title"] for row in hanbit.posts if "{{" not in row["content"]]
        assert [text for text in texts if "{" in text or "|" in text] == []

    def test_titles_differ(self, hanbit: Written) -> None:
        assert len({row["title"] for row in hanbit.posts}) > 590

    def test_hard_ones_are_there(self, hanbit: Written) -> None:
        titles = [row["title"] for row in hanbit.posts]
        contents = [row["content"] for row in hanbit.posts]
        assert sum(len(title) == 40 for title in titles) >= 4
        assert max(map(len, titles)) == 200
        assert min(map(len, titles)) == 1
        assert "" in contents
        assert max(map(len, contents)) > 10_000
        for sign in ("👨‍👩‍👧‍👦", "訃告", "日本", "<script>", "Release notes"):
            assert any(sign in title for title in titles)

    def test_nobody_congratulates_on_a_death(self, hanbit: Written) -> None:
        sad = {
            row["id"] for row in hanbit.posts if "訃告" in row["title"] or "부고" in row["title"]
        }
        said = [row["content"] for row in hanbit.comments if row["post_id"] in sad]
        assert said
        assert [text for text in said if "축하" in text or "🎉" in text] == []


@pytest.mark.parametrize(
    ("word", "particle", "whole"),
    [
        ("게시판", "을", "게시판을"),
        ("문서", "을", "문서를"),
        ("본관", "이", "본관이"),
        ("서울", "으로", "서울로"),
        ("부산", "으로", "부산으로"),
        ("“제안”", "은", "“제안”은"),
        ("카페", "과", "카페와"),
    ],
)
def test_particles_follow_the_sound(word: str, particle: str, whole: str) -> None:
    assert with_particle(word, particle) == whole
