"""The audit trail in the admin area."""

from maru.access.permissions import AUDIT_READ
from maru.admin.audit.pages import PAGES
from maru.admin.audit.routes import ROUTES
from maru.admin.groups import OPERATION
from maru_sdk import Navigation, Part

PART = Part(
    navigation=[
        Navigation(
            "Audit trail",
            "/admin/audit",
            icon="scroll-text",
            needs=AUDIT_READ,
            order=935,
            group=OPERATION,
        )
    ],
    routes=ROUTES,
    pages=PAGES,
)
