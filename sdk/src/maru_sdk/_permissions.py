"""Rights as a plugin declares them; who holds them is the tenant's business."""

from dataclasses import dataclass


@dataclass(frozen=True, eq=False)
class Permission:
    """A right that the plugin asks for: `Permission("board:post:write", "Write posts")`.

    `name` is `<key>:<thing>:<verb>` and part of the contract: admins grant it, so it is never
    renamed. `title` and `description` are shown to admins and translated by the plugin's catalogue.

    A `scoped` one may be held for some departments or resources alone. Whoever holds it anywhere
    is let in by routes and pages that need it, and these must ask: `ctx.can(READ, on=board)` or
    `ctx.readable(Board, READ)`. One that hasn't asked when it answers is refused.
    """

    name: str
    title: str
    description: str = ""
    scoped: bool = False

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, eq=False)
class Role:
    """Permissions that go together from the start, added to one of core's roles when the plugin is
    enabled.

    `name` is `member`, `manager` or `admin`. An admin who takes a permission out of a role isn't
    overruled by the next enabling.
    """

    name: str
    permissions: tuple[Permission, ...]

    def __init__(self, name: str, *permissions: Permission) -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "permissions", permissions)
