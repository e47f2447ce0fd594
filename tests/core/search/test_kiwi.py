"""What Kiwi makes of texts and questions."""

from maru.identity.hangul import folded
from maru.search.kiwi import PIECE, Kiwi, pieces
from maru.search.morphemes import terms, understood
from maru.search.vocabulary import Vocabulary


async def test_nouns_alone_and_joined(kiwi: Kiwi) -> None:
    found = terms(await kiwi.tokens("연차휴가신청을 어떻게 하나요"))
    assert {"연차", "휴가", "신청", "연차휴가", "휴가신청", "연차휴가신청"} <= set(found)
    assert not {"을", "나요"} & set(found)


async def test_words_apart_are_joined_with_their_neighbour(kiwi: Kiwi) -> None:
    assert "인사평가" in terms(await kiwi.tokens("인사 평가 일정"))


async def test_english_inside_korean(kiwi: Kiwi) -> None:
    found = understood(await kiwi.tokens(folded("VPN접속이 안돼요")))
    assert [noun.word for noun in found.nouns] == ["vpn", "접속"]


async def test_a_question_without_nouns_asks_for_what_is_done(kiwi: Kiwi) -> None:
    assert [noun.word for noun in understood(await kiwi.tokens("어떻게 먹나요")).nouns]


async def test_what_is_written_together_is_one_word(kiwi: Kiwi) -> None:
    for text, words in (("kd1751 현장", ["kd1751", "현장"]), ("반차를 쓰려면", ["반차"])):
        assert [noun.word for noun in understood(await kiwi.tokens(text)).nouns] == words


async def test_a_word_of_the_company(kiwi: Kiwi) -> None:
    words = Vocabulary(["한빛톡"])
    text = "한빛톡을 설치"
    found = understood(words.instead(text, await kiwi.tokens(text)))
    assert [noun.word for noun in found.nouns] == ["한빛톡", "설치"]


def test_pieces_are_the_whole_text() -> None:
    text = "가나다라 " * 500 + "마" * 2 * PIECE
    parts = list(pieces(text))
    assert "".join(part for _, part in parts) == text
    assert all(len(part) <= PIECE for _, part in parts)
    assert [start for start, _ in parts] == [
        sum(len(p) for _, p in parts[:n]) for n in range(len(parts))
    ]
