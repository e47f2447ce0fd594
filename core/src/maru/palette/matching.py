"""Whether a text is what somebody is typing: by its letters, its initial consonants or a mixture of
both, also while a syllable is still being put together."""

from typing import Final

from maru.identity.hangul import INITIALS, OF_INITIAL, OF_VOWEL, apart, folded, place

# What a syllable ends with, as it goes apart when a vowel follows: 읽 + ㅓ → 일거.
_FINALS: Final = ("", *map(apart, "ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"))
BEGINS, BEGINS_A_WORD, INSIDE = range(3)


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
    at, other = place(there), place(typed)
    if at is None:
        return False
    if other is None:
        return typed == INITIALS[at // OF_INITIAL]
    return other % OF_VOWEL == 0 and other // OF_VOWEL == at // OF_VOWEL


def _goes_on(typed: str, there: str) -> bool:
    """`살` fits `사람`, and `일` `읽기`: what it ends with may begin the next syllable."""
    at, first = place(typed), place(there[0])
    if at is None or first is None or at // OF_VOWEL != first // OF_VOWEL or at % OF_VOWEL == 0:
        return False
    ends, stays = _FINALS[at % OF_VOWEL], _FINALS[first % OF_VOWEL]
    if stays.startswith(ends):
        return True
    rest = ends.removeprefix(stays)
    following = place(there[1]) if len(there) > 1 else None
    return (
        len(rest) == 1
        and ends.startswith(stays)
        and following is not None
        and INITIALS[following // OF_INITIAL] == rest
    )
