"""How much one address, person, token or tenant may ask for in a while.

What is costly or dangerous (sign-in, writes, exports) is counted exactly in Redis. Reads take from
small stocks that each process draws ahead and settles every second. While Redis is away every
process counts by itself: nobody is let through unseen, and nobody is shut out.
"""

from maru.limits.limits import Limits, Refused, Whom
from maru.limits.rates import LimitsOf, Rate

__all__ = ["Limits", "LimitsOf", "Rate", "Refused", "Whom"]
