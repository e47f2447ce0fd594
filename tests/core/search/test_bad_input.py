"""Whatever is typed is looked for, or nothing is: it never breaks a query, and none of its letters
is a sign of the query language."""

import asyncio
import re
import unicodedata
from collections.abc import AsyncIterator
from urllib.parse import unquote_plus

import asyncpg
import orjson
import pytest
from httpx2 import AsyncClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.engines import Engines

from maru.identity.hangul import folded
from maru.search.lately import MOST as LATELY
from maru.search.letters import cleaned
from maru.search.morphemes import Noun, Understood
from maru.search.questions import MOST, question
from maru.search.vocabulary import Vocabulary
from maru_sdk.testing import Company

TYPED = st.text(
    st.one_of(
        st.sampled_from("가힣ㄱㅎㅏ을를 '\"\\%_&|!():*<->\n\t　ａＺ１㈜ﷺ"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=60,
)
SPARED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
WORDS = "/api/v1/search/words"


@pytest.fixture
async def postgres(engines: Engines, template: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(engines.postgres("postgres", template))
    yield connection
    await connection.close()


def understood(text: str) -> Understood:
    """What a Kiwi might say that leaves everything as it stands."""
    words = [word for word in folded(cleaned(text)).split(" ") if word]
    return Understood(nouns=[Noun(word=word, joined=[word + word]) for word in words], pairs=words)


@settings(max_examples=150, deadline=None, suppress_health_check=SPARED)
@given(TYPED)
def test_a_question_is_bounded_and_has_no_empty_group(text: str) -> None:
    for meant in (None, understood(text)):
        asked = question(cleaned(text), meant)
        assert len(asked.groups) <= MOST
        assert all(group["words"] or group["grams"] for group in asked.groups)


async def test_postgres_reads_every_question(postgres: asyncpg.Connection) -> None:
    """A hundred texts, of signs and letters of all kinds."""
    texts: list[str] = []

    @settings(max_examples=100, deadline=None, suppress_health_check=SPARED)
    @given(TYPED)
    def collect(text: str) -> None:
        texts.append(text)

    collect()
    for text in texts:
        for meant in (None, understood(text)):
            told = question(cleaned(text), meant).told()
            queries = [one for group in told["groups"] for one in group.values()]
            queries += [told["pairs"], told["near"]]
            await postgres.fetch(
                "SELECT q::tsquery FROM jsonb_array_elements_text($1) q",
                orjson.dumps([one for one in queries if one]).decode(),
            )


@pytest.mark.parametrize("text", ["을 를 에서", "은는이가", "에서는"])
def test_particles_alone_ask_for_themselves_at_most(text: str) -> None:
    assert all(len(group["token"] or "") >= 1 for group in question(text, None).groups)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("휴가 신청", unicodedata.normalize("NFD", "휴가 신청")),
        ("vpn 접속", "ＶＰＮ　접속"),
        ("인사평가", '"인사평가'),
        ("100", "100%"),
        ("인사 평가", "인사_평가"),
    ],
)
def test_the_same_however_it_is_written(one: str, other: str) -> None:
    groups = [question(cleaned(text), None).groups for text in (one, other)]
    assert groups[0] == groups[1]


def test_ten_thousand_characters_are_read_at_once() -> None:
    for text in ("가" * 10_000, "낱말 " * 2_000, "ㄱ" * 10_000, "'" * 10_000):
        asked = question(cleaned(text), None)
        assert len(asked.groups) <= MOST
        longest = max((len(group["grams"] or "") for group in asked.groups), default=0)
        assert longest < 1_000


class TestWords:
    async def test_a_hundred_thousand_are_kept_and_known(
        self, company: Company, admin_client: AsyncClient
    ) -> None:
        given = [f"제품{number}호" for number in range(100_000)]
        answer = await admin_client.put(WORDS, json={"words": given})
        assert answer.status_code == 200, answer.text[:500]
        kept = (await admin_client.get(WORDS)).json()["data"]["words"]
        assert len(kept) == len(given)
        known = Vocabulary(kept)
        assert [one.form for one in known.within("제품99999호를")] == ["제품99999호"]

    async def test_one_more_is_refused(self, company: Company, admin_client: AsyncClient) -> None:
        given = [f"말{number}" for number in range(100_001)]
        assert (await admin_client.put(WORDS, json={"words": given})).status_code == 422
        given = [*given[:70_000], "가", " " * 9, "긴" * 41]
        answer = await admin_client.put(WORDS, json={"words": given})
        assert answer.status_code == 422
        fields = answer.json()["error"]["details"]["fields"]
        assert [one["path"] for one in fields] == [f"words.{70_000 + at}" for at in range(3)]
        assert "2" in fields[0]["message"]

    async def test_the_loop_turns_while_they_are_taken_in(self) -> None:
        turns = 0

        async def turn() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        beside = asyncio.create_task(turn())
        known = await Vocabulary.of([f"제품{number}호" for number in range(20_000)])
        beside.cancel()
        assert len(known) == 20_000
        assert turns >= 20

    async def test_twice_is_once_and_the_page_shows_it(
        self, company: Company, admin_client: AsyncClient
    ) -> None:
        sent = {"words": ["한빛톡", "한빛톡", " 마루 "]}
        answer = await admin_client.put(WORDS, json=sent)
        assert answer.json()["data"]["words"] == ["한빛톡", "마루"]
        page = await admin_client.get("/admin/search/words")
        assert re.search(r"한빛톡\s+마루", page.text)

    async def test_nobody_else_may(self, company: Company, client: AsyncClient) -> None:
        assert (await client.put(WORDS, json={"words": ["한빛톡"]})).status_code == 403
        assert (await client.get(WORDS)).status_code == 403


class TestPage:
    @pytest.mark.parametrize(
        "query",
        [
            "",
            "q=",
            "q=회의&author=&department=&from=&to=",
            "q=%25&source=",
            "q=회의&from=2026-01-01",
        ],
    )
    async def test_what_a_form_leaves_empty(self, client: AsyncClient, query: str) -> None:
        answer = await client.get(f"/search?{query}", headers={"Accept": "text/html"})
        assert answer.status_code == 200, answer.text[:500]

    async def test_no_department_and_no_day(self, client: AsyncClient) -> None:
        for query in ("author=x", "department=1", "from=yesterday"):
            answer = await client.get(f"/search?q=회의&{query}")
            assert answer.status_code == 422


class TestLately:
    async def test_own_searches_are_shown_the_latest_first_and_can_be_forgotten(
        self, client: AsyncClient, admin_client: AsyncClient
    ) -> None:
        for text in ("연차 휴가", "회의록", "연차 휴가", "<b>", "하"):
            assert (await client.get("/search", params={"q": text})).status_code == 200
        page = (await client.get("/search")).text
        shown = [unquote_plus(q) for q in re.findall(r'href="/search\?q=([^"&]+)"', page)]
        assert shown == ["<b>", "연차 휴가", "회의록"]
        assert "&lt;b&gt;" in page
        assert "회의록" not in (await admin_client.get("/search")).text
        answer = await client.post("/search/lately/clear", data=form_of(page))
        assert answer.status_code in (200, 303)
        assert "회의록" not in (await client.get("/search")).text

    async def test_few_are_kept_and_none_of_a_page_further_on(self, client: AsyncClient) -> None:
        for number in range(LATELY + 3):
            await client.get("/search", params={"q": f"찾는 말 {number}"})
        await client.get("/search", params={"q": "좁힌 말", "from": "2026-01-01"})
        page = (await client.get("/search")).text
        shown = re.findall(r'href="/search\?q=([^"&]+)"', page)
        assert len(shown) == LATELY
        assert unquote_plus(shown[0]) == f"찾는 말 {LATELY + 2}"


def form_of(page: str) -> dict[str, str]:
    return dict(re.findall(r'name="(_csrf)" value="([^"]+)"', page)[:1])
