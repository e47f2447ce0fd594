"""Tens of thousands of Korean words: nouns of office life by topic, their compounds, and names that
no dictionary has. A few dozen nouns would make every word a common one."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Final

TOPICS: Final = Path(__file__).with_name("topics.txt")
NAMES: Final = 30_000
_FIRST: Final = (
    "가거고구그기나너노누다더도두드디라러로루리마머모무미바버보부비사서소수시아어오우이자저조주지"
)
_SECOND: Final = (
    "온람솔빛결늘봄별찬담윤준린벨텍젠탄론핀맥록슨틱돌샘림밀룩엔필렉코타나리로미보두고디누"
)
_THIRD: Final = "스트넷랩톡원큐플뷰봇폼링킷웨어"
_KINDS: Final = ("시스템", "사업", "과제", "모듈", "서비스", "장비", "위원회", "현장")


def weights(count: int, flat: float) -> list[float]:
    """As often as words occur: the n-th one as 1 / (n + flat), added up."""
    return list(accumulate(1 / (rank + flat) for rank in range(count)))


@dataclass(frozen=True, slots=True)
class Words:
    """What posts are written with; common ones stand first."""

    topics: Sequence[Sequence[str]]
    names: Sequence[str]
    kinds: Sequence[str] = _KINDS

    @classmethod
    def drawn(cls, seed: int = 1, names: int = NAMES) -> "Words":
        """The same at every run."""
        chance = Random(seed)
        lines = TOPICS.read_text("utf-8").splitlines()
        found: dict[str, None] = {}
        while len(found) < names:
            third = chance.choice(_THIRD) if chance.random() < 0.7 else ""
            found[chance.choice(_FIRST) + chance.choice(_SECOND) + third] = None
            if third and chance.random() < 0.8:
                code = (
                    f"{chance.choice('ABHKMSX')}{chance.choice('DFRTX')}{chance.randrange(10_000)}"
                )
                found[code.lower()] = None
        return cls([line.split() for line in lines], list(found))
