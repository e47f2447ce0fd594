"""The way out: calls to other machines that can't be turned against our own."""

from maru.outside.calls import Ask, Outside

__all__ = ["Ask", "Outside"]
