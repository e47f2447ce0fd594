"""Texts taken apart: letters, particles, consonants, vectors, questions, excerpts."""

import asyncio
import unicodedata
from typing import Any, cast
from uuid import UUID, uuid4

import pytest

from maru.identity.hangul import folded
from maru.search.excerpts import excerpt, marked
from maru.search.letters import (
    cleaned,
    codes,
    consonants,
    is_code,
    is_consonants,
    pairs,
    stem,
    words_of,
)
from maru.search.morphemes import Noun, Understood
from maru.search.questions import MOST, question
from maru.search.reading import Vocabularies
from maru.search.vectors import LONGEST, grams, vector
from maru.search.vocabulary import Vocabulary


class TestLetters:
    def test_width_form_and_case_make_no_difference(self) -> None:
        split = unicodedata.normalize("NFD", "휴가")
        assert folded(cleaned(split)) == "휴가"
        assert folded("ＶＰＮ㈜") == "vpn(주)"

    def test_consonants_stay_as_they_are_typed(self) -> None:
        assert folded("ㅎㅇㄹ") == "ㅎㅇㄹ"
        assert folded("ㄳ") == "ㄱㅅ"
        assert is_consonants("ㅎㅇㄹ")
        assert not is_consonants("회ㅇㄹ")

    def test_what_no_page_can_show_is_gone(self) -> None:
        assert cleaned("가\x00나\ud800다") == "가 나 다"

    def test_pairs(self) -> None:
        assert pairs("회의록") == ["회의", "의록"]
        assert pairs("집") == ["집"]
        assert words_of("휴가_신청(안내)") == ["휴가", "신청", "안내"]

    def test_a_code_is_there_from_each_of_its_letters_on(self) -> None:
        assert list(codes("br606을 2026년 abc 12 v2")) == ["br606", "r606", "606"]
        assert "8i9jkl" in list(codes("a1b2c3d4e5f6g7h8i9jkl"))

    @pytest.mark.parametrize("part", ["br606", "b2c3d4e5f6g7h8i9", "r60", "6g7"])
    def test_any_part_of_a_code_begins_what_is_kept(self, part: str) -> None:
        kept = list(codes("신규br606을, a1b2c3d4e5f6g7h8i9jkl"))
        assert is_code(part)
        assert any(one.startswith(part) for one in kept)

    @pytest.mark.parametrize("word", ["606", "abc", "b6", "휴가2", "a1" * 9, "b-606"])
    def test_no_code(self, word: str) -> None:
        assert not is_code(word)

    def test_initial_consonants_of_a_title(self) -> None:
        assert list(consonants("주간 회의록 v2 집")) == ["ㅈㄱ", "ㅎㅇㄹ", "ㄱㅎ", "ㄹㅈ"]

    @pytest.mark.parametrize(
        ("word", "left"),
        [("휴가를", "휴가"), ("본사에서는", "본사"), ("나는", "나는"), ("vpn이", "vpn")],
    )
    def test_a_word_without_its_particle(self, word: str, left: str) -> None:
        assert stem(word) == left


class TestVectors:
    def test_where_a_word_stands_and_how_often(self) -> None:
        assert vector({"A": ["가"], "D": ["가", "나", "나"]}) == "'가':1A,200D '나':200D,201D"

    def test_signs_of_the_vector_itself_are_quoted(self) -> None:
        assert vector({"A": ["a'b\\c"]}) == "'a''b\\\\c':1A"

    def test_what_is_no_word_is_left_out(self) -> None:
        assert vector({"D": ["", "가" * (LONGEST + 1)]}) == ""

    def test_initial_consonants_are_among_the_pairs(self) -> None:
        assert "'ㅎㅇㄹ':1A" in grams("회의록", "", "")


class TestQuestions:
    def test_without_kiwi_each_word_by_its_pairs(self) -> None:
        (group,) = question("회의록을", None).groups
        assert group["grams"] == "'회의' & '의록'"

    def test_with_kiwi_each_noun_alone_or_with_its_neighbour(self) -> None:
        nouns = [Noun(word="연차", joined=["연차휴가"]), Noun(word="휴가", joined=["연차휴가"])]
        asked = question("연차휴가를", Understood(nouns=nouns, pairs=["연차휴가"]))
        assert [one["words"] for one in asked.groups] == [
            "'연차' | '연차휴가'",
            "'휴가' | '연차휴가'",
        ]
        assert asked.pairs == "'연차휴가'"

    @pytest.mark.parametrize("text", ["", "  ", "ㄱ", '"', "%", "_", "()&|!:*", "'"])
    def test_nothing_to_look_for(self, text: str) -> None:
        assert question(text, None).groups == ()

    @pytest.mark.parametrize("text", ['"인사 평가', "인사%평가", "인사_평가", "인사' OR 평가"])
    def test_signs_mean_nothing(self, text: str) -> None:
        found = {one["grams"] for one in question(text, None).groups}
        assert {"'인사'", "'평가'"} <= found

    def test_a_long_question_is_bounded(self) -> None:
        assert len(question(" ".join(f"낱말{n}" for n in range(200)), None).groups) == MOST


class TestExcerpts:
    def test_the_words_around_what_was_sought(self) -> None:
        found = excerpt("가나다 " * 60 + "여기 주차장이 있다 " + "라마바 " * 60, ["주차장"])
        assert [part.text for part in found if part.hit] == ["주차장"]
        assert found[0].text == "… "
        assert found[-1].text == " …"

    def test_the_beginning_where_nothing_is(self) -> None:
        assert excerpt("짧은  글", ["없다"])[0].text == "짧은 글"
        assert excerpt("", ["없다"])[0].text == ""

    def test_case_makes_no_difference_and_the_text_stays_whole(self) -> None:
        parts = marked("VPN 접속 vpn", ["vpn"])
        assert "".join(part.text for part in parts) == "VPN 접속 vpn"
        assert sum(part.hit for part in parts) == 2

    def test_a_letter_that_becomes_two_moves_no_mark(self) -> None:
        parts = marked("İstanbul 회의", ["회의"])
        assert [part.text for part in parts if part.hit] == ["회의"]


class TestVocabulary:
    def test_the_longest_word_that_begins_one(self) -> None:
        words = Vocabulary(["마루", "마루톡", "ㄱ", "가" * 41])
        assert len(words) == 2
        assert [piece.form for piece in words.within("마루톡을 마루에 놓고 산마루")] == [
            "마루톡",
            "마루",
        ]

    def test_a_question_takes_it_in_one_piece_where_a_particle_follows_at_most(self) -> None:
        words = Vocabulary(["마루톡"])
        assert [one.form for one in words.instead("마루톡을", [])] == ["마루톡"]
        assert words.instead("마루톡설치", []) == []

    def test_a_hundred_thousand_words(self) -> None:
        words = Vocabulary(f"제품{number}호" for number in range(100_000))
        assert [piece.form for piece in words.within("새 제품99999호에 관해")] == ["제품99999호"]


async def test_words_forgotten_while_others_are_made_hold_nobody_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    one, other = uuid4(), uuid4()
    going, asked = asyncio.Event(), asyncio.Event()

    async def read(_: Vocabularies, tenant: UUID) -> list[str]:
        if tenant == other:
            asked.set()
            await going.wait()
        return ["한빛톡"]

    monkeypatch.setattr(Vocabularies, "_read", read)
    words = Vocabularies(cast(Any, None), cast(Any, None))
    with monkeypatch.context() as stale:
        stale.setattr("maru.search.reading.KNOWN_FOR", -1.0)  # what is known is old at once
        await words.of(one)
    making = asyncio.create_task(words.of(other))
    await asked.wait()
    question = asyncio.create_task(words.of(one))
    await asyncio.sleep(0)
    await words.forget(one)
    going.set()
    async with asyncio.timeout(10):
        await asyncio.gather(making, question)
