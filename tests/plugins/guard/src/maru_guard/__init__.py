"""A scanner and a reader of a further type, as a plugin of somebody else's declares them."""

from maru_guard.plugin import plugin

__all__ = ["plugin"]
