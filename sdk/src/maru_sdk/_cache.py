"""Functions whose answers core keeps, and the grammar of the tags that empty them again."""

import inspect
import re
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from datetime import date
from enum import Enum
from string import Formatter
from typing import TYPE_CHECKING, Any, Concatenate, Generic, ParamSpec, TypeVar, get_type_hints

from pydantic import TypeAdapter
from pydantic.errors import PydanticUserError

from maru_sdk._declarations import duration, name_of
from maru_sdk._errors import InvalidInput
from maru_sdk._permissions import Permission
from maru_sdk._routes import Audience

if TYPE_CHECKING:
    from maru_sdk._context import Context

P = ParamSpec("P")
R = TypeVar("R")

LONGEST_TAG = 200
MOST_TAGS = 32
_TAG = re.compile(r"[^\s\x00-\x1f\x7f{}*@]+")
_GRAMMAR = "write letters, digits and signs other than '{', '}', '*' and '@', without spaces"


class Cached(Generic[P, R]):
    """A function whose answers are kept. Made by `cached`; called like the function itself."""

    def __init__(
        self,
        function: Callable[..., Awaitable[R]],
        ttl: str,
        tags: tuple[str, ...],
        audience: Audience,
        needs: tuple[Permission, ...],
    ) -> None:
        self.function = function
        self.name = name_of(function)
        self.ttl = duration(ttl)
        self.tags = tags
        self.audience = audience
        self.needs = needs
        self.__doc__ = function.__doc__
        self._signature = inspect.signature(function)
        self._adapters: Mapping[str, TypeAdapter[Any]] | None = None
        self._check()

    async def __call__(self, ctx: "Context", *args: P.args, **kwargs: P.kwargs) -> R:
        """The kept answer for these arguments, else the function's."""
        bound = self._signature.bind(ctx, *args, **kwargs)
        bound.apply_defaults()
        (_, *names) = bound.arguments
        adapters = self._read()
        given = {name: adapters[name].validate_python(bound.arguments[name]) for name in names}
        return await ctx.cache.through(self, given)

    def key(self, given: Mapping[str, Any]) -> str:
        """The arguments as one text, the same for the same values."""
        adapters = self._read()
        parts = (adapters[name].dump_json(value).decode() for name, value in given.items())
        return ",".join(parts)

    def pack(self, answer: R) -> bytes:
        """An answer as it is kept."""
        return self._read()["return"].dump_json(answer)

    def unpack(self, kept: bytes) -> R:
        """A kept answer; each caller gets objects of its own."""
        answer: R = self._read()["return"].validate_json(kept)
        return answer

    def _read(self) -> Mapping[str, TypeAdapter[Any]]:
        if self._adapters is None:
            hints = get_type_hints(self.function, include_extras=True)
            (ctx, *_) = self._signature.parameters
            hints.pop(ctx, None)
            self._adapters = {name: TypeAdapter(hint) for name, hint in hints.items()}
        return self._adapters

    def _check(self) -> None:
        """Raises ValueError for what can be seen to be wrong before the first call."""
        for fault in self._faults():
            raise ValueError(f"{self.name} {fault}")
        try:
            self._read()
        except NameError:
            return  # a class that stands further down; the first call reads it
        except PydanticUserError as error:
            raise ValueError(f"{self.name} can't be kept as JSON: {error.message}") from error

    def _faults(self) -> Iterator[str]:
        parameters = [*self._signature.parameters.values()]
        if not inspect.iscoroutinefunction(self.function):
            yield f"is not async; write 'async def {self.function.__name__}'"
        if not parameters or parameters[0].name != "ctx":
            yield "doesn't take 'ctx' as its first parameter; write (ctx: Context, …)"
        for one in parameters[1:]:
            if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
                yield f"takes any number of {one.name!r}; name each parameter"
            if one.annotation is one.empty:
                yield f"has no type for {one.name!r}"
        if self._signature.return_annotation is inspect.Signature.empty:
            yield "doesn't say what it returns; write '-> SomeModel'"
        if self.audience not in ("tenant", "user"):
            yield f"has an unknown audience: {self.audience!r}"
        if self.ttl.total_seconds() <= 0:
            yield "is kept for no time at all; give a duration such as '5m'"
        if not all(isinstance(one, Permission) for one in self.needs):
            yield "needs what is no Permission"
        yield from tag_faults(self.tags, {one.name for one in parameters[1:]})


def cached(
    ttl: str,
    *,
    tags: Iterable[str] = (),
    audience: Audience = "user",
    needs: Permission | Iterable[Permission] = (),
) -> Callable[
    [Callable[Concatenate["Context", P], Awaitable[R]]],
    Cached[P, R],
]:
    """A function whose answers are kept: `@cached("5m", tags=("board:{board_id}",),
    audience="tenant")` on `async def board_card(ctx: Context, board_id: UUID) -> BoardCard | None`.

    An answer is kept for `ttl`, in the process and in Redis, per tenant, locale, arguments and
    `audience`: `"tenant"` shares it among everybody, `"user"` keeps it per person, in the process
    alone and at most a minute. `None` and a raised NotFound are kept for ten seconds at most; other
    errors never. It is computed once at a time over all processes, and anew before its end while it
    is asked for; one that is shared and often asked for is computed right after a drop, too.
    `await ctx.cache.drop("board:…")` forgets it after the commit, everywhere; later in the
    transaction that dropped it, the function runs in that transaction and isn't kept.

    The function runs in a read-only unit of its own. With `audience="tenant"` its `ctx.user` is
    None and `ctx.can` knows the permissions in `needs` alone, whose outcome is part of the key (of
    one held for some things alone: for which): nothing personal can get into what all share.
    Arguments and answer go through JSON. A wrong declaration raises ValueError, so that its plugin
    is set aside.
    """
    asked = (needs,) if isinstance(needs, Permission) else tuple(needs)
    whose = (tags,) if isinstance(tags, str) else tuple(tags)
    return lambda function: Cached(function, ttl, whose, audience, asked)


def tag_faults(tags: Iterable[object], names: Iterable[str]) -> Iterator[str]:
    """What is wrong with declared tags, whose `{name}` may be one of `names`."""
    known, listed = frozenset(names), list(tags)
    if len(listed) > MOST_TAGS:
        yield f"has more than {MOST_TAGS} tags"
    for tag in listed:
        if not isinstance(tag, str):
            yield f"has a tag that is no text: {tag!r}"
            continue
        try:
            parts = [part[:4] for part in Formatter().parse(tag)]
        except ValueError as error:
            yield f"has a bad tag: {tag!r}: {error}"
            continue
        sample = "".join(text + ("x" if name is not None else "") for text, name, _, _ in parts)
        if (fault := _fault_of(sample)) is not None:
            yield f"has a bad tag: {tag!r} {fault}"
        for _, name, form, conversion in parts:
            if name is not None and (name not in known or form or conversion):
                there = ", ".join(sorted(known)) or "none"
                yield f"has {{{name}}} in the tag {tag!r}; its parameters are: {there}"


def check_tags(tags: Iterable[object]) -> tuple[str, ...]:
    """The tags of a call; InvalidInput names the first bad one."""
    listed = tuple(tags)
    if len(listed) > MOST_TAGS:
        raise InvalidInput("More than {most} tags", most=MOST_TAGS)
    for tag in listed:
        fault = _fault_of(tag) if isinstance(tag, str) else "is no text"
        if fault is not None:
            raise InvalidInput("The tag {tag} {fault}", tag=repr(tag)[:80], fault=fault)
    return tuple(str(tag) for tag in listed)


def filled(tags: Iterable[str], given: Mapping[str, object]) -> tuple[str, ...]:
    """Declared tags with the values of one call; InvalidInput where a value fits in no tag."""
    words = {name: word(value) for name, value in given.items()}
    return check_tags(tag.format_map(words) for tag in tags)


def word(value: object) -> str:
    """A value as it stands in a tag."""
    if isinstance(value, Enum):
        value = value.value
    return value.isoformat() if isinstance(value, date) else str(value)


def _fault_of(tag: str) -> str | None:
    if not tag:
        return "is empty"
    if len(tag) > LONGEST_TAG:
        return f"is longer than {LONGEST_TAG} characters"
    return None if _TAG.fullmatch(tag) else f"has signs that no tag may have; {_GRAMMAR}"
