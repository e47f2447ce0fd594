"""Korean particles follow the sound of the word before them, so a translation can't spell them out.

A translation writes one member of the pair after a colon: `{name:을} 지웠습니다` gives `게시판을 …`
and `문서를 …`. Where the sound can't be known (most Latin words) both are written, as Koreans do:
`Slack을(를)`.
"""

import re
from typing import Final

_PAIRS: Final = (
    ("을", "를"),
    ("이", "가"),
    ("은", "는"),
    ("과", "와"),
    ("아", "야"),
    ("이랑", "랑"),
    ("이나", "나"),
    ("이라", "라"),
    ("이며", "며"),
    ("이에요", "예요"),
    ("으로", "로"),
)
PARTICLES: Final = {member: pair for pair in _PAIRS for member in pair}
_BOTH: Final = {"으로": "(으)로", "이에요": "이에요(예요)"}
_RIEUL: Final = 8
# How a number is read: its last digit, or the power of ten that its zeros make.
_DIGIT_FINALS: Final = {"0": 21, "1": _RIEUL, "3": 16, "6": 1, "7": _RIEUL, "8": _RIEUL}
_POWER_FINALS: Final = {1: 17, 2: 1, 3: 4, 4: 4, 5: 4, 6: 4, 7: 4, 8: 1, 9: 1, 10: 1, 11: 1}
_LETTER_FINALS: Final = {"L": _RIEUL, "M": 16, "N": 4, "R": _RIEUL}
_ASIDE: Final = re.compile(r"\s*(\([^()]*\)|\[[^\[\]]*\]|（[^（）]*）)\s*$")
_NUMBER: Final = re.compile(r"(\d[\d,]*)(\.\d+)?$")
_ACRONYM: Final = re.compile(r"(?:^|[^A-Za-z])[A-Z]{1,5}$")


def _spoken_end(word: str) -> str:
    while shorter := _ASIDE.sub("", word):
        if shorter == word:
            break
        word = shorter
    return word.rstrip(" \t\n\"'”’»」』》〉)]}.,!?…%")


def _number_final(whole: str, fraction: str | None) -> int:
    digits = (fraction or whole).replace(",", "")
    zeros = len(digits) - len(digits.rstrip("0"))
    if fraction or not zeros or digits.strip("0") == "":
        return _DIGIT_FINALS.get(digits[-1], 0)
    return _POWER_FINALS.get(zeros, 0)


def final_consonant(word: str) -> int | None:
    """The index of the last syllable's final consonant, 0 for none, None where nobody can tell."""
    text = _spoken_end(word)
    if not text:
        return None
    last = text[-1]
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28
    if number := _NUMBER.search(text):
        return _number_final(number[1], number[2])
    if _ACRONYM.search(text):
        return _LETTER_FINALS.get(last, 0)
    return None


def particle(word: str, wanted: str) -> str:
    """The member of the wanted particle's pair that fits after the word."""
    with_final, without = PARTICLES[wanted]
    final = final_consonant(word)
    if final is None:
        return _BOTH.get(with_final, f"{with_final}({without})")
    if with_final == "으로" and final == _RIEUL:
        return without
    return with_final if final else without
