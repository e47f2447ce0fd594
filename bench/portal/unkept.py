"""`python -m bench.portal.unkept serve`: `maru serve`, but no portlet was ever asked for before.

Each time a portlet is asked for it has a key of its own, so that both levels are looked into and
have neither fragment nor data; what is made is stored in both, as in production, and never found
again. Signing in, rights, layout and everything else are as they are.
"""

import time
from dataclasses import replace
from itertools import count

from maru.cli import main
from maru.portal import loading

_of = loading.slot_of
_numbers = count(time.time_ns())  # another process may have asked before


def _slot_of(*asked: object) -> object:
    slot = _of(*asked)  # type: ignore[arg-type]
    return replace(slot, extra=f"{slot.extra}#{next(_numbers)}")


if __name__ == "__main__":
    loading.slot_of = _slot_of  # type: ignore[assignment]
    main()
