"""People, departments and positions in the admin area."""

from maru.access.permissions import ORGANIZATION_MANAGE, USERS_MANAGE
from maru.admin.departments.pages import PAGES as DEPARTMENT_PAGES
from maru.admin.departments.routes import ROUTES as DEPARTMENT_ROUTES
from maru.admin.groups import PEOPLE
from maru.admin.people.files import PAGES as FILE_PAGES
from maru.admin.people.files import ROUTES as FILE_ROUTES
from maru.admin.people.lists import ROUTES as LIST_ROUTES
from maru.admin.people.pages import PAGES
from maru.admin.people.routes import ROUTES
from maru.admin.positions.pages import PAGES as POSITION_PAGES
from maru.admin.positions.routes import ROUTES as POSITION_ROUTES
from maru.organization.importing.applying import apply_list, forget_lists
from maru_sdk import Navigation, Part

PART = Part(
    navigation=[
        Navigation(
            "People", "/admin/people", icon="users", needs=USERS_MANAGE, order=800, group=PEOPLE
        ),
        Navigation(
            "Departments",
            "/admin/departments",
            icon="network",
            needs=ORGANIZATION_MANAGE,
            order=810,
            group=PEOPLE,
        ),
        Navigation(
            "Positions",
            "/admin/positions",
            icon="badge-check",
            needs=ORGANIZATION_MANAGE,
            order=820,
            group=PEOPLE,
        ),
    ],
    routes=[*ROUTES, *LIST_ROUTES, *FILE_ROUTES, *DEPARTMENT_ROUTES, *POSITION_ROUTES],
    pages=[*PAGES, *FILE_PAGES, *DEPARTMENT_PAGES, *POSITION_PAGES],
    jobs=[apply_list],
    schedules=[forget_lists],
)
