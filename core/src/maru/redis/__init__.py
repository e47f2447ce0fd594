"""Redis in its three roles: a durable window of the queue, a cache that may forget, live messages.

Nothing that must not be lost lives here, so every caller names what it does while Redis is away.
"""

from maru.redis.link import Link
from maru.redis.roles import Redises

__all__ = ["Link", "Redises"]
