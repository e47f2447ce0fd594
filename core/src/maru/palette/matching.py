"""Whether a text is what somebody is typing: by its letters, its initial consonants or a mixture of
both, also while a syllable is still being put together."""

import unicodedata
from typing import Final

_FIRST: Final = 0xAC00
_COUNT: Final = 11_172
_JOINING: Final = 0x1100
_INITIALS: Final = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
# What a syllable ends with, as it goes apart when a vowel follows: 읽 + ㅓ → 일거.
_FINALS: Final = (
    *("", "ㄱ", "ㄲ", "ㄱㅅ", "ㄴ", "ㄴㅈ", "ㄴㅎ", "ㄷ", "ㄹ", "ㄹㄱ", "ㄹㅁ", "ㄹㅂ", "ㄹㅅ"),
    *(
        "ㄹㅌ",
        "ㄹㅍ",
        "ㄹㅎ",
        "ㅁ",
        "ㅂ",
        "ㅂㅅ",
        "ㅅ",
        "ㅆ",
        "ㅇ",
        "ㅈ",
        "ㅊ",
        "ㅋ",
        "ㅌ",
        "ㅍ",
        "ㅎ",
    ),
)
BEGINS, BEGINS_A_WORD, INSIDE = range(3)


def folded(text: str) -> str:
    """A text in the form in which two are compared: compatible letters, case and composition make
    no difference."""
    return "".join(_folded(char) for char in unicodedata.normalize("NFC", text)).casefold()


def _folded(char: str) -> str:
    """A lone consonant stays one, of whatever keyboard: NFKC alone would make it one that joins
    what follows."""
    same = unicodedata.normalize("NFKC", char)
    place = ord(same) - _JOINING if len(same) == 1 else -1
    return _INITIALS[place] if 0 <= place < len(_INITIALS) else same


def rank(sought: str, text: str) -> int | None:
    """How well a text fits: it begins so, a word of it does, or it has it inside; None where it
    doesn't fit. Several words fit in any order."""
    words, there = folded(sought).split(), folded(text)
    if not words:
        return None
    close = "".join(there.split())
    whole = _rank("".join(words), close)
    each = [_in_either(word, there, close) for word in words]
    apart = [] if None in each else [max(one for one in each if one is not None)]
    return min([*apart, *([] if whole is None else [whole])], default=None)


def _in_either(word: str, text: str, close: str) -> int | None:
    """People put spaces where they like: 새글 and 새 글 are the same."""
    found = _rank(word, text)
    return INSIDE if found is None and _rank(word, close) is not None else found


def _rank(word: str, text: str) -> int | None:
    places = [at for at in range(len(text)) if _stands(word, text, at)]
    if not places:
        return None
    if places[0] == 0:
        return BEGINS
    return BEGINS_A_WORD if any(not text[at - 1].isalnum() for at in places) else INSIDE


def _stands(word: str, text: str, at: int) -> bool:
    if at + len(word) > len(text):
        return False
    *head, last = zip(word, text[at:], strict=False)
    if not all(_fits(typed, there) for typed, there in head):
        return False
    return _fits(*last) or _goes_on(word[-1], text[at + len(word) - 1 :])


def _fits(typed: str, there: str) -> bool:
    """`ㅎ` and `하` fit `한`."""
    if typed == there:
        return True
    place, other = _place(there), _place(typed)
    if place is None:
        return False
    if other is None:
        return typed == _INITIALS[place // 588]
    return other % 28 == 0 and other // 28 == place // 28


def _goes_on(typed: str, there: str) -> bool:
    """`살` fits `사람`, and `일` `읽기`: what it ends with may begin the next syllable."""
    place, first = _place(typed), _place(there[0])
    if place is None or first is None or place // 28 != first // 28 or place % 28 == 0:
        return False
    ends, stays = _FINALS[place % 28], _FINALS[first % 28]
    if stays.startswith(ends):
        return True
    rest = ends.removeprefix(stays)
    following = _place(there[1]) if len(there) > 1 else None
    return (
        len(rest) == 1
        and ends.startswith(stays)
        and following is not None
        and _INITIALS[following // 588] == rest
    )


def _place(char: str) -> int | None:
    place = ord(char) - _FIRST
    return place if 0 <= place < _COUNT else None
