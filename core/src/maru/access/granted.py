"""What one person may do, compiled: asking is a lookup in a set."""

import hashlib
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
    held: frozenset[str] = frozenset()
    """Of the roles those that hold for the whole tenant, and that of managers of departments."""
    hidden: frozenset[str] = frozenset()
    until: float | None = field(default=None, compare=False)
    scope: frozenset[str] | None = field(default=None, compare=False)
    """The permissions to which a personal access token limits the person, if one does."""
    mark: int = field(init=False, repr=False, compare=False)
    """Another for other rights, in this process."""
    _hiding: frozenset[str] = field(init=False, repr=False, compare=False)
    """The plugins whose things are among the hidden ones."""
    _outcomes: dict[str, str] = field(default_factory=dict, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        limited = (frozenset(self.departments.items()), frozenset(self.resources.items()))
        mark = hash((self.permissions, *limited, self.roles, self.held, self.hidden))
        object.__setattr__(self, "mark", mark)
        object.__setattr__(self, "_hiding", frozenset(map(plugin_of, self.hidden)))

    def only(self, names: Iterable[str]) -> "Granted":
        """What `outcome` says of these permissions, and nothing else of the person."""
        asked = frozenset(names)
        everywhere = self.permissions & asked
        limited = asked - everywhere
        named = asked if self.hidden else limited
        return Granted(
            everywhere,
            {one: ids for one, ids in self.departments.items() if one in limited and ids},
            {one: ids for one, ids in self.resources.items() if one in named and ids},
            hidden=self.hidden,
        )

    def within(self, names: frozenset[str]) -> "Granted":
        """Of these permissions those that the person has, wherever they hold."""
        return replace(
            self,
            permissions=self.permissions & names,
            departments={one: ids for one, ids in self.departments.items() if one in names},
            resources={one: ids for one, ids in self.resources.items() if one in names},
            scope=names if self.scope is None else self.scope & names,
        )

    def outcome(self, names: Iterable[str]) -> str:
        """Where each of these permissions holds: `1` everywhere in the tenant, `0` nowhere, else a
        word for the things that it holds for, or that are hidden. The same in every process, and
        the same for all for whom `can` and `readable` say the same of these permissions."""
        return "".join(self._outcome(name) for name in names)

    def _outcome(self, name: str) -> str:
        wide = name in self.permissions
        if wide and not self.hidden:
            return "1"
        known = self._outcomes.get(name)
        if known is None:
            resources = self.resources.get(name, frozenset())
            departments = self.departments.get(name, frozenset())
            shut = self.hidden - resources if wide or departments else frozenset()
            said = _word((), (), shut) if wide else _word(departments, resources, shut)
            known = ("1" if said == "0" else f"1{said}") if wide else said
            self._outcomes[name] = known
        return known

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


def _word(departments: Iterable[UUID], resources: Iterable[str], shut: Iterable[str]) -> str:
    """A word that no other set of things has, of signs that keys may hold."""
    kinds = (("d", departments), ("r", resources), ("s", shut))
    things = [f"{kind}{one}" for kind, some in kinds for one in sorted(map(str, some))]
    if not things:
        return "0"
    digest = hashlib.blake2b(digest_size=16)
    for one in things:
        encoded = one.encode()
        digest.update(len(encoded).to_bytes(4) + encoded)
    return f"({digest.hexdigest()})"


def _department_of(on: Any) -> UUID | None:
    """An object's department, given as an id or as something that has one."""
    department = getattr(on, "department", None)
    if department is None:
        department = getattr(on, "department_id", None)
    found = getattr(department, "id", department)
    return found if isinstance(found, UUID) else None


Granted.NOBODY = Granted()
