"""Core's own permissions and what its three roles hold from the start."""

from typing import Final

from maru_sdk import Permission, Role

PLUGINS_MANAGE: Final = Permission("core:plugins:manage", "Switch plugins on and off")
USERS_READ: Final = Permission("core:users:read", "See the people of the company")
USERS_MANAGE: Final = Permission("core:users:manage", "Create, change and deactivate people")
ORGANIZATION_MANAGE: Final = Permission(
    "core:organization:manage", "Change departments and positions"
)
RIGHTS_MANAGE: Final = Permission("core:rights:manage", "Change roles and who holds them")
LAYOUT_MANAGE: Final = Permission("core:layout:manage", "Set and lock everyone's portal page")
SETTINGS_MANAGE: Final = Permission("core:settings:manage", "Change the settings of the company")
AUDIT_READ: Final = Permission("core:audit:read", "Read the audit trail")
JOBS_MANAGE: Final = Permission("core:jobs:manage", "See and steer jobs, schedules and events")
OPERATION_READ: Final = Permission("core:operation:read", "See how the installation does")

STATISTICS_READ: Final = Permission("core:statistics:read", "See what goes on in the company")

PERMISSIONS: Final = (
    PLUGINS_MANAGE,
    USERS_READ,
    USERS_MANAGE,
    ORGANIZATION_MANAGE,
    RIGHTS_MANAGE,
    LAYOUT_MANAGE,
    SETTINGS_MANAGE,
    AUDIT_READ,
    JOBS_MANAGE,
    OPERATION_READ,
    STATISTICS_READ,
)

ADMIN: Final = "admin"
MANAGER: Final = "manager"
MEMBER: Final = "member"
ROLE_TITLES: Final = {ADMIN: "Administrator", MANAGER: "Manager", MEMBER: "Member"}

ROLES: Final = (
    Role(ADMIN, *PERMISSIONS),
    Role(MANAGER, USERS_READ),
    Role(MEMBER, USERS_READ),
)
