"""Facts that plugins tell each other, after the commit, from a log that can be read again."""

from maru.events.log import EventLog

__all__ = ["EventLog"]
