"""Who may say that what a provider tells gives roles: it is giving them, only later and to more
people, so nobody maps what they may not give."""

from collections.abc import Iterable
from typing import Final

from maru.access.permissions import RIGHTS_MANAGE
from maru.access.queries import ROLES_SHOWN
from maru.admin.rights.service import giver_of
from maru.federation.errors import RoleMapRefused
from maru.federation.settings import ProviderSettings
from maru_sdk import Context

_DECIDING: Final = (
    *("issuer", "client_id", "algorithms", "userinfo", "roles"),
    *("hosts", "security", "authority", "bind_dn", "base_dn", "search", "subject"),
    *("nested_groups", "group_base_dn"),
)
"""Settings that decide who says what; with another one of these every line means something new."""


async def check_map(
    ctx: Context, new: ProviderSettings, old: ProviderSettings | None = None
) -> None:
    """Raises unless the one who asks may give, and take, what this change lets claims give: they
    need the right to give roles, and what those roles permit. The roles must be there."""
    changed = _changed(new, old)
    if not changed:
        return
    ctx.require(RIGHTS_MANAGE)
    there = {role.key: role for role in await ctx.read(ROLES_SHOWN)}
    _check_there(ctx, new, there)
    giver = await giver_of(ctx)
    for key in sorted(changed & there.keys()):
        giver.check_role(key)
        giver.check(there[key].permissions)


def _changed(new: ProviderSettings, old: ProviderSettings | None) -> set[str]:
    """The roles that other people have by it than before."""
    before = set() if old is None else set(old.role_pairs())
    after = set(new.role_pairs())
    same_source = old is not None and all(
        getattr(new, name, None) == getattr(old, name, None) for name in _DECIDING
    )
    pairs = before ^ after if same_source else before | after
    return {role for _, role in pairs}


def _check_there(ctx: Context, new: ProviderSettings, there: Iterable[str]) -> None:
    if missing := sorted({role for _, role in new.role_pairs()} - set(there)):
        said = ctx.t("There is no role {role}", role=missing[0])
        raise RoleMapRefused(
            fields=[{"path": "role_map", "code": RoleMapRefused.code, "message": said}]
        )
