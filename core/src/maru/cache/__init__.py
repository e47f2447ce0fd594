"""What is computed once and kept for a while, in this process and in Redis.

PostgreSQL is always the source: where Redis is away or a value may be old, `make` runs again.
"""

from maru.cache.absent import Absent, absent, refuse
from maru.cache.cache import Cache
from maru.cache.memory import Memory
from maru.cache.slot import Slot, all_of

__all__ = ["Absent", "Cache", "Memory", "Slot", "absent", "all_of", "refuse"]
