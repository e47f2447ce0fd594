"""What is found, by whom, and what bad input gets."""

import re

import httpx2 as httpx
import pytest
from tests.core.identity.company import Company
from tests.core.organization.conftest import hire

from maru.house import House
from maru.palette.entries import Candidate, Entry, best


async def found(client: httpx.AsyncClient, q: str, path: str = "/search/palette") -> list[str]:
    """Addresses, in their order."""
    answer = await client.get(path, params={"q": q})
    assert answer.status_code == 200, answer.text[-500:]
    return re.findall(r'role="option"[^>]*href="([^"]+)"', answer.text)


class TestPlaces:
    async def test_by_name_and_consonants_and_only_what_one_may_open(
        self, root: httpx.AsyncClient, alice: httpx.AsyncClient
    ) -> None:
        root.headers["accept-language"] = alice.headers["accept-language"] = "ko"
        root.cookies.set("maru-locale", "ko")
        for q in ("감사", "ㄱㅅ", "감ㅅ"):
            assert "/admin/audit" in await found(root, q)
            assert "/admin/audit" not in await found(alice, q)
        assert await found(alice, "조직도") != []

    async def test_of_ones_own_account(self, alice: httpx.AsyncClient) -> None:
        assert "/preferences/security/tokens" in await found(alice, "토큰")

    async def test_first_look_shows_the_navigation(self, alice: httpx.AsyncClient) -> None:
        assert (await found(alice, ""))[0] == "/organization"

    async def test_is_for_who_is_signed_in(
        self, web: httpx.ASGITransport, alice: httpx.AsyncClient
    ) -> None:
        async with httpx.AsyncClient(transport=web, base_url=alice.base_url) as nobody:
            assert (await nobody.get("/search?q=a")).status_code == 303


class TestPeople:
    @pytest.mark.parametrize("q", ["박민수", "ㅂㅁㅅ", "박ㅁㅅ", "박ㅁ", "ㅂ민"])
    async def test_by_syllables_consonants_and_both(
        self, alice: httpx.AsyncClient, house: House, company: Company, q: str
    ) -> None:
        (who,) = await hire(house, company, "박민수")
        assert f"/organization/people/{who}" in await found(alice, q)

    async def test_nobody_else(self, alice: httpx.AsyncClient, company: Company) -> None:
        assert not [url for url in await found(alice, "박ㅎ") if "people" in url]


class TestInput:
    @pytest.mark.parametrize("q", ["<script>alert(1)</script>", "%_'\"\\", "ㅏ", "\ufffd", "  "])
    async def test_odd_words_find_nothing_and_stay_words(
        self, alice: httpx.AsyncClient, q: str
    ) -> None:
        answer = await alice.get("/search", params={"q": q})
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text

    async def test_too_long_is_refused(self, alice: httpx.AsyncClient) -> None:
        assert (await alice.get("/search", params={"q": "가" * 201})).status_code == 422

    async def test_the_page_works_without_script(self, alice: httpx.AsyncClient) -> None:
        answer = await alice.get("/search", params={"q": "조직도"})
        assert '<a href="/organization">조직도</a>' in answer.text


def test_ties_are_in_the_order_of_the_alphabet() -> None:
    titles = ["나 글", "글 다", "가 글", "글 가"]
    candidates = [Candidate(entry=Entry(title=one, url="/", icon="x")) for one in titles]
    assert [one.title for one in best(candidates, "글", 9)] == ["글 가", "글 다", "가 글", "나 글"]
