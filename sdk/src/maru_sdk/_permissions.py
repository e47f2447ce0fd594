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
    """Permissions that go together.

    `name` is `member`, `manager` or `admin`: they are added to this one of core's roles when the
    plugin is enabled. An admin who takes a permission out of a role isn't overruled by the next
    enabling.

    Or it is the plugin's own word, with a `title` (`Role("board.reader", READ, title="May read")`):
    a role for single things, which `ctx.access.give` gives on one of them. Core makes it in a
    tenant when it is first given; from then on an admin may change what it permits.
    """

    name: str
    permissions: tuple[Permission, ...]
    title: str

    def __init__(self, name: str, *permissions: Permission, title: str = "") -> None:
        object.__setattr__(self, "name", name)
        object.__setattr__(self, "permissions", permissions)
        object.__setattr__(self, "title", title)
