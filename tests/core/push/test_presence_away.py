"""What Redis didn't take of who is here is written again."""

from typing import Any
from uuid import UUID, uuid4

from maru.push.frames import Frame
from maru.push.memory import Spot
from maru.push.presence import Presence
from maru.push.visitor import Visitor


class Person:
    """A connection as presence knows it."""

    def __init__(self, tenant_id: UUID) -> None:
        self.visitor = Visitor(tenant_id, uuid4(), uuid4(), "이름", "ko", 0.0)
        self.idle = False
        self.rooms: dict[str, bool] = {}


class Redis:
    """One that keeps hashes, and refuses while it is told to."""

    def __init__(self) -> None:
        self.kept: dict[str, bytes] = {}
        self.away = False

    def on_return(self, callback: object) -> None: ...

    async def attempt(self, work: Any, otherwise: Any) -> Any:
        return otherwise if self.away else await work(self)

    async def eval(self, *_: object) -> list[Any]:
        return [0, []]

    async def hset(self, name: str, field: str, value: bytes) -> None:
        self.kept[field] = value

    async def hdel(self, name: str, *fields: str) -> None:
        for field in fields:
            self.kept.pop(field, None)

    async def hgetall(self, name: str) -> dict[bytes, bytes]:
        return {field.encode(): value for field, value in self.kept.items()}

    async def expire(self, name: str, seconds: int) -> None: ...

    async def publish(self, name: str, message: bytes) -> None: ...


def tell(spot: Spot, frame: Frame) -> None: ...


async def test_who_left_while_redis_was_away_is_taken_out_when_it_is_back() -> None:
    redis: Any = Redis()
    presence, tenant = Presence(redis, "test", tell), uuid4()
    spot, person = (tenant, "board.post:1"), Person(tenant)
    presence.enter(spot, person)
    await presence._step()
    assert list(redis.kept) == [presence.process]
    redis.away = True
    presence.leave(spot, person)
    await presence._step()
    redis.away = False
    assert list(redis.kept) == [presence.process]
    await presence._step()
    assert redis.kept == {}
    assert presence.here(spot) == []
