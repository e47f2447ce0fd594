"""The contract between Maru and its plugins: the everyday names.

Less common ones stand in topical modules: `maru_sdk.access`, `maru_sdk.compute`, `maru_sdk.db`,
`maru_sdk.directory`, `maru_sdk.files`, `maru_sdk.forms`, `maru_sdk.http`, `maru_sdk.lifecycle`,
`maru_sdk.mail`, `maru_sdk.notifications`, `maru_sdk.operation`, `maru_sdk.palette`,
`maru_sdk.portal`, `maru_sdk.rich`, `maru_sdk.search`, `maru_sdk.sheets`, `maru_sdk.tally` and
`maru_sdk.testing`.
What isn't exported here or in one of them is private.
"""

from maru_sdk._cache import cached
from maru_sdk._context import Context, ContextSeed, Tenant, User
from maru_sdk._errors import (
    Conflict,
    InvalidInput,
    MaruError,
    NotFound,
    PermissionDenied,
    RateLimited,
    SystemFault,
    Temporary,
)
from maru_sdk._events import Event, listen
from maru_sdk._jobs import job, schedule
from maru_sdk._model import Model, Settings
from maru_sdk._pages import Redirect, action, admin_page, page
from maru_sdk._paging import CursorParams, PageParams
from maru_sdk._permissions import Permission, Role
from maru_sdk._plugin import Navigation, Part, Plugin
from maru_sdk._points import extension_point
from maru_sdk._portlets import Live, portlet
from maru_sdk._query import Page, Rows
from maru_sdk._routes import delete, get, post, put

__all__ = [
    "Conflict",
    "Context",
    "ContextSeed",
    "CursorParams",
    "Event",
    "InvalidInput",
    "Live",
    "MaruError",
    "Model",
    "Navigation",
    "NotFound",
    "Page",
    "PageParams",
    "Part",
    "Permission",
    "PermissionDenied",
    "Plugin",
    "RateLimited",
    "Redirect",
    "Role",
    "Rows",
    "Settings",
    "SystemFault",
    "Temporary",
    "Tenant",
    "User",
    "action",
    "admin_page",
    "cached",
    "delete",
    "extension_point",
    "get",
    "job",
    "listen",
    "page",
    "portlet",
    "post",
    "put",
    "schedule",
]
