"""The classes behind the declarations, for hosts and for tools that read `Plugin` objects.

A plugin never needs these: it makes declarations with the decorators of `maru_sdk`.
"""

from maru_sdk._cache import Cached, check_tags, filled, tag_faults
from maru_sdk._declarations import Handler, duration, key_of
from maru_sdk._events import Listener
from maru_sdk._jobs import Job, Link, Missed, Priority, Schedule
from maru_sdk._live import Channel
from maru_sdk._pages import ActionDeclaration, PageDeclaration
from maru_sdk._points import AnyFilling, AnyPoint, ExtensionPoint, Filling, Kind
from maru_sdk._portlets import Portlet
from maru_sdk._routes import Audience, Route
from maru_sdk.files import FileKind
from maru_sdk.notifications import NotificationChannel, NotificationKind
from maru_sdk.operation import Command, HealthCheck, Metric, Statistic
from maru_sdk.search import SearchSource

__all__ = [
    "ActionDeclaration",
    "AnyFilling",
    "AnyPoint",
    "Audience",
    "Cached",
    "Channel",
    "Command",
    "ExtensionPoint",
    "FileKind",
    "Filling",
    "Handler",
    "HealthCheck",
    "Job",
    "Kind",
    "Link",
    "Listener",
    "Metric",
    "Missed",
    "NotificationChannel",
    "NotificationKind",
    "PageDeclaration",
    "Portlet",
    "Priority",
    "Route",
    "Schedule",
    "SearchSource",
    "Statistic",
    "check_tags",
    "duration",
    "filled",
    "key_of",
    "tag_faults",
]
