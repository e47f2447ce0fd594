"""Events: facts that a plugin tells others, after the commit."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, ClassVar

from maru_sdk._declarations import Declaration, Handler, key_of
from maru_sdk._model import Model


class Event(Model):
    """A fact, in the past tense: `class PostPublished(Event): post_id: UUID`.

    Stands in the plugin's `api.py`. `name` is made of the plugin's key and the class
    (`board.post_published`). Fields are only ever added, with defaults; `version` is raised then.
    Events with the same `key()` reach a listener in the order in which they were published: so
    publish after writing the row that the event is about.
    """

    name: ClassVar[str] = ""
    version: ClassVar[int] = 1

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "name" not in cls.__dict__:
            words = "".join(f"_{c.lower()}" if c.isupper() else c for c in cls.__name__)
            cls.name = f"{key_of(cls.__module__)}.{words.lstrip('_')}"

    def key(self) -> str:
        """What the event is about; the order of events with one key is kept."""
        return ""


@dataclass(frozen=True, eq=False)
class Listener(Declaration):
    """A function that hears of an event. Made by `listen`."""

    event: type[Event]


def listen(event: type[Event]) -> Callable[[Handler], Listener]:
    """A listener: `@listen(PostPublished)` on `async def tell(ctx: Context, event: PostPublished)
    -> None`.

    Called in a worker after the commit, at least once for each event, in a transaction of its own
    that also records the delivery, so its effect on the database happens once. A failure is
    retried like a job's, and harms neither the publisher nor other listeners. It hears what is
    published while the tenant has its plugin on, not what was published while it was off. An admin
    may have it hear again from a time on: then its effects happen again.
    """
    return lambda function: Listener(function, event)
