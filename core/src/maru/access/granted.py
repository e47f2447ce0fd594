"""What one person may do, compiled: asking is a lookup in a set."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar
from uuid import UUID

from maru_sdk import Permission
from maru_sdk.db import Readable

_NOTHING: Mapping[str, frozenset[Any]] = {}


@dataclass(frozen=True, slots=True)
class Granted:
    """The rights of one person in one tenant, at one moment.

    `permissions` hold everywhere in the tenant; those in `departments` and `resources` only on
    objects whose `department` or `resource` is among the ids. Departments below a granted one are
    listed already.
    """

    NOBODY: ClassVar["Granted"]

    permissions: frozenset[str] = frozenset()
    departments: Mapping[str, frozenset[UUID]] = field(default_factory=lambda: _NOTHING)
    resources: Mapping[str, frozenset[str]] = field(default_factory=lambda: _NOTHING)
    roles: tuple[str, ...] = ()
    hidden: frozenset[str] = frozenset()
    until: float | None = field(default=None, compare=False)
    mark: int = field(init=False, repr=False, compare=False)
    """Another for other rights, in this process."""
    _hiding: frozenset[str] = field(init=False, repr=False, compare=False)
    """The plugins whose things are among the hidden ones."""

    def __post_init__(self) -> None:
        limited = (frozenset(self.departments.items()), frozenset(self.resources.items()))
        mark = hash((self.permissions, *limited, self.roles, self.hidden))
        object.__setattr__(self, "mark", mark)
        object.__setattr__(self, "_hiding", frozenset(map(plugin_of, self.hidden)))

    def only(self, names: Iterable[str]) -> "Granted":
        """Of these permissions those that hold everywhere in the tenant, and nothing else."""
        return Granted(self.permissions.intersection(names))

    def within(self, names: frozenset[str]) -> "Granted":
        """Of these permissions those that the person has, wherever they hold."""
        return replace(
            self,
            permissions=self.permissions & names,
            departments={one: ids for one, ids in self.departments.items() if one in names},
            resources={one: ids for one, ids in self.resources.items() if one in names},
        )

    def outcome(self, names: Iterable[str]) -> str:
        """Which of these permissions hold everywhere in the tenant: `101`."""
        return "".join("1" if name in self.permissions else "0" for name in names)

    def somewhere(self, name: str) -> bool:
        """Whether the person holds this permission at all, be it for some things alone."""
        return name in self.permissions or name in self.departments or name in self.resources

    def everywhere(self, name: str) -> bool:
        """Whether the person holds this permission for all things there are: a private one of its
        plugin's makes it a question of which."""
        return name in self.permissions and plugin_of(name) not in self._hiding

    def readable(self, model: type[Any], name: str) -> Readable:
        """The rows of `model` on which `can` says yes."""
        none: frozenset[Any] = frozenset()
        resources = self.resources.get(name, none)
        return Readable(
            model,
            everywhere=name in self.permissions,
            departments=self.departments.get(name, none),
            resources=resources,
            hidden=self.hidden - resources if self.hidden else none,
        )

    def can(self, permission: Permission | str, on: Any = None) -> bool:
        """Whether the person holds `permission`, on this object where one is given."""
        name = permission if isinstance(permission, str) else permission.name
        if name in self.permissions and (on is None or not self.hidden):
            return True
        return on is not None and self._can_on(name, on)

    def _can_on(self, name: str, on: Any) -> bool:
        resource = getattr(on, "resource", None)
        if resource is not None and resource in self.resources.get(name, ()):
            return True
        if resource is not None and resource in self.hidden:
            return False
        if name in self.permissions:
            return True
        within = self.departments.get(name)
        return bool(within) and _department_of(on) in (within or ())


def plugin_of(name: str) -> str:
    """Whose a permission or a resource is: what it begins with (`board.post:17` is the board's)."""
    return name.partition(":")[0].partition(".")[0]


def _department_of(on: Any) -> UUID | None:
    """An object's department, given as an id or as something that has one."""
    department = getattr(on, "department", None)
    if department is None:
        department = getattr(on, "department_id", None)
    found = getattr(department, "id", department)
    return found if isinstance(found, UUID) else None


Granted.NOBODY = Granted()
