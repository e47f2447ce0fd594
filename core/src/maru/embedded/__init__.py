"""PostgreSQL and Redis as children of a demo or a test run, from the wheels that carry them."""

from maru.embedded.engine import Engine, EngineFault
from maru.embedded.postgres import EmbeddedPostgres
from maru.embedded.redis import EmbeddedRedis

__all__ = ["EmbeddedPostgres", "EmbeddedRedis", "Engine", "EngineFault"]
