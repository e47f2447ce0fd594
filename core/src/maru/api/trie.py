"""Finds the route of a path in as many steps as the path has segments, however many routes there
are."""

from collections.abc import Iterator
from typing import Generic, TypeVar

T = TypeVar("T")
Found = tuple[T, dict[str, str]]


class _Node(Generic[T]):
    __slots__ = ("fixed", "leaves", "param", "tails")

    def __init__(self) -> None:
        self.fixed: dict[str, _Node[T]] = {}
        self.param: _Node[T] | None = None
        self.leaves: dict[str, tuple[T, tuple[str, ...]]] = {}
        self.tails: dict[str, tuple[T, tuple[str, ...]]] = {}


class Trie(Generic[T]):
    """Methods and paths such as `/boards/{board_id}` or `/files/{name:path}`, each with a target.

    A fixed segment is preferred to a parameter, and a parameter to a tail. A parameter never
    matches an empty segment, so `//` is no path.
    """

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, method: str, path: str, target: T) -> None:
        """Adds a route; ValueError where the same method and shape of path is there already."""
        node, names, tail = self._root, [], False
        for segment in split(path):
            if segment.endswith(":path}"):
                names.append(segment[1:-6])
                tail = True
            elif segment.startswith("{"):
                names.append(segment.strip("{}").partition(":")[0])
                node.param = node.param or _Node()
                node = node.param
            else:
                node = node.fixed.setdefault(segment, _Node())
        place = node.tails if tail else node.leaves
        if method in place:
            raise ValueError(f"{method} {path} is declared twice")
        place[method] = (target, tuple(names))

    def find(self, method: str, path: str) -> Found[T] | None:
        """The target and the path's parameters, or None."""
        values: list[str] = []
        found = _find(self._root, split(path), 0, method, values)
        return None if found is None else (found[0], dict(zip(found[1], values, strict=True)))

    def methods(self, path: str) -> list[str]:
        """The methods that this path knows, sorted: what `Allow` says in a 405."""
        return sorted(set(_methods(self._root, split(path), 0)))


def split(path: str) -> list[str]:
    """The segments of a path; `""` and `"/"` both have none."""
    return path[1:].split("/") if len(path) > 1 else []


def shape(path: str) -> str:
    """A path without the names of its parameters: two of one shape can't be told apart."""
    return "/".join(_shape(segment) for segment in split(path))


def _shape(segment: str) -> str:
    if not segment.startswith("{"):
        return segment
    return "{:path}" if segment.endswith(":path}") else "{}"


def _find(
    node: _Node[T], segments: list[str], depth: int, method: str, values: list[str]
) -> tuple[T, tuple[str, ...]] | None:
    if depth == len(segments):
        return node.leaves.get(method)
    segment = segments[depth]
    child = node.fixed.get(segment)
    if child is not None:
        found = _find(child, segments, depth + 1, method, values)
        if found is not None:
            return found
    if node.param is not None and segment:
        values.append(segment)
        found = _find(node.param, segments, depth + 1, method, values)
        if found is not None:
            return found
        values.pop()
    if method in node.tails:
        values.append("/".join(segments[depth:]))
        return node.tails[method]
    return None


def _methods(node: _Node[T], segments: list[str], depth: int) -> Iterator[str]:
    if depth == len(segments):
        yield from node.leaves
        return
    segment = segments[depth]
    yield from node.tails
    if segment in node.fixed:
        yield from _methods(node.fixed[segment], segments, depth + 1)
    if node.param is not None and segment:
        yield from _methods(node.param, segments, depth + 1)
