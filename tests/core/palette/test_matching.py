"""What fits what somebody is typing."""

import unicodedata

import pytest

from maru.palette.matching import BEGINS, BEGINS_A_WORD, INSIDE, rank


@pytest.mark.parametrize(
    ("sought", "text"),
    [
        ("조직도", "조직도"),
        ("ㅈㅈㄷ", "조직도"),
        ("조ㅈㄷ", "조직도"),
        ("ㅈ직ㄷ", "조직도"),
        ("저", "전자결재"),
        ("사", "사람"),
        ("살", "사람"),  # on the way to 사람
        ("일", "읽기"),
        ("읽", "일거리"),  # on the way to 일거
        ("닭", "달걀"),  # on the way to 달걀
        ("홍ㄱㄷ", "홍길동"),
        ("board", "Boards"),
        ("ＢＯＡＲＤ", "Boards"),
        ("새 글", "공지사항에 새 글 쓰기"),
        ("새글", "공지사항에 새 글 쓰기"),
        ("공지 새글", "공지사항에 새 글 쓰기"),
        ("글 공지", "공지사항에 새 글 쓰기"),
        ("ㄱㅈ 글", "공지사항에 새 글 쓰기"),
    ],
)
def test_fits(sought: str, text: str) -> None:
    assert rank(sought, text) is not None
    assert rank(unicodedata.normalize("NFD", sought), text) is not None
    assert rank(sought, unicodedata.normalize("NFD", text)) is not None


@pytest.mark.parametrize(
    ("sought", "text"),
    [
        ("한", "하나"[:1]),
        ("ㅈㅈㄷ", "조직"),
        ("ㅏ", "가나다"),
        ("살", "사장"),
        ("읽", "일지"),
        ("board x", "Boards"),
        ("게시판", "조직도"),
        ("", "조직도"),
        ("  ", "조직도"),
    ],
)
def test_does_not_fit(sought: str, text: str) -> None:
    assert rank(sought, text) is None


def test_the_beginning_is_best() -> None:
    assert rank("ㄱㅅ", "게시판") == BEGINS
    assert rank("게시", "새 게시판") == BEGINS_A_WORD
    assert rank("시판", "게시판") == INSIDE


def test_old_and_narrow_keyboards_write_the_same_consonants() -> None:
    assert rank("\u110c\u110c", "조직도") == BEGINS
    assert rank("\uffb8\uffb8", "조직도") == BEGINS
