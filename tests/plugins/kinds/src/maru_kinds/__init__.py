"""One declaration of every kind; what each did can be read from `maru_kinds.seen`."""

from maru_kinds.plugin import plugin

__all__ = ["plugin"]
