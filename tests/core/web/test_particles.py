"""Particles are chosen by sound, also after numbers, letters, quotes and asides."""

import pytest

from maru.web.particles import PARTICLES, particle


@pytest.mark.parametrize(
    ("word", "wanted", "right"),
    [
        ("게시판", "을", "을"),
        ("문서", "을", "를"),
        ("문서", "를", "를"),
        ("게시판", "를", "을"),
        ("김하늘", "이", "이"),
        ("박지수", "이", "가"),
        ("회의", "은", "는"),
        ("결재", "과", "와"),
        ("서울", "으로", "로"),
        ("부산", "으로", "으로"),
        ("제주", "으로", "로"),
        ("'공지사항'", "이", "이"),
        ("김하늘(인사팀)", "을", "을"),
        ("회의실(3층) ", "을", "을"),
        ("3", "이", "이"),
        ("2", "이", "가"),
        ("10", "으로", "으로"),
        ("1", "으로", "로"),
        ("1,000", "은", "은"),
        ("20000", "을", "을"),
        ("1000000000000", "을", "를"),
        ("0", "이", "이"),
        ("3.5", "을", "를"),
        ("50%", "를", "을"),
        ("PDF", "을", "를"),
        ("URL", "을", "을"),
        ("URL", "으로", "로"),
        ("HTML", "이", "이"),
        ("Slack", "을", "을(를)"),
        ("Maru", "으로", "(으)로"),
        ("", "이", "이(가)"),
        ("☕", "은", "은(는)"),
    ],
)
def test_fits_the_last_sound(word: str, wanted: str, right: str) -> None:
    assert particle(word, wanted) == right


def test_either_member_names_the_pair() -> None:
    for wanted, pair in PARTICLES.items():
        assert particle("집", wanted) == pair[0]
        assert particle("나무", wanted) == pair[1]
