"""Korean names in Latin letters, which everybody spells their own way (Kim and Gim, Lee and Yi,
Park and Bak): spellings of one name are one key, and so are some of names that sound alike."""

import re
from typing import Final

FOLDS: Final = (
    (r"h(?=[\s'.,\-])", ""),
    (r"[\s'.,\-]", ""),
    ("rh", "r"),
    ("ph", "p"),
    ("sh", "s"),
    ("r(?![aeiouwy])", ""),
    ("ch|[jz]", "c"),
    ("c+", "c"),
    ("h(?![aeiouwy])", ""),
    ("[gkq]+", "k"),
    ("[dt]+", "t"),
    ("[bpvf]+", "p"),
    ("[lr]+", "l"),
    ("s+", "s"),
    ("weo", "wo"),
    ("wae|we|oe", "oi"),
    ("ee|eui|ui|yi", "i"),
    ("yeo|you|yoo", "yu"),
    ("woo|wu|eo|eu|oo|ou", "u"),
    ("ae|ai|ay", "e"),
    ("^l(?=[iy])", ""),
    ("^l", "n"),
)
_FOLDS: Final = tuple((re.compile(pattern), to) for pattern, to in FOLDS)


def latin_key(text: str) -> str:
    """What spellings of a name have in common: `park` and `bak` → `pak`."""
    found = text.casefold()
    for pattern, to in _FOLDS:
        found = pattern.sub(to, found)
    return found
