"""Every page that there is: who looks at it, and where.

A page route that is neither a screen nor left out with a reason fails `test_survey.py`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ALL_WIDTHS: Final = [390, 768, 1280, 2560]
PARAMETER: Final = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True)
class Screen:
    """A page as somebody sees it.

    `route` is its route; `path` what is asked where that isn't the route itself. What stands in
    braces is what the furnished company knows by that name, else what a link of the page `at`
    has in its place. `also` names people who see this page as well, and other things on it.
    """

    name: str
    route: str
    who: str = "admin"
    path: str = ""
    at: str = ""
    ready: str = "main h1"
    main: bool = False
    also: tuple[str, ...] = ()

    @property
    def address(self) -> str:
        """What is asked, where no id has to be found for it."""
        return self.path or self.route

    def wanted(self, known: Mapping[str, str]) -> re.Pattern[str]:
        """Links that lead here."""
        return re.compile(PARAMETER.sub(lambda found: _any(found[1], known), self.address))

    @property
    def found_at(self) -> str:
        """The page on which a link to this one stands."""
        return self.at or self.address.split("/{")[0]


def _any(name: str, known: Mapping[str, str]) -> str:
    """What may stand in the place of a parameter."""
    if name in known:
        return re.escape(known[name])
    return r"[\w.:]+" if name == "name" else r"(?:[0-9a-f]{8}-[0-9a-f-]{27}|\d+)"


NOBODY, MEMBER, OPERATOR = "", "member", "operator"
EVERYBODY: Final = ("manager", "admin")

ENTERING: Final = [
    Screen("sign-in", "/login", NOBODY, main=True),
    Screen("sign-in-stopped", "/login", NOBODY, path="/login?stopped=SIGN_IN_PERSON_UNKNOWN"),
    Screen("forgotten", "/login/forgot", NOBODY),
    Screen("forgotten-sent", "/login/forgot", NOBODY, path="/login/forgot?sent=true"),
    Screen("passkey", "/login/passkey", NOBODY),
    Screen("invitation-over", "/login/invitation", NOBODY, path="/login/invitation?token=x"),
    Screen("reset-over", "/login/reset", NOBODY, path="/login/reset?token=x"),
    Screen("second-factor", "/login/second-factor", "asked"),
    Screen("new-password", "/login/new-password", "renewing"),
    Screen("missing", "/nothing/here", NOBODY),
    Screen("missing-within", "/nothing/here", MEMBER),
    Screen("forbidden", "/admin/plugins", MEMBER),
]
ONES_OWN: Final = [
    Screen("portal", "/portal", MEMBER, path="/", ready="maru-grid", main=True, also=EVERYBODY),
    Screen("preferences", "/preferences", MEMBER, main=True),
    Screen("search", "/search", MEMBER, path="/search?q=게시판"),
    Screen("search-nothing", "/search", MEMBER, path="/search?q=없는말"),
    Screen("notifications", "/notifications", MEMBER),
    Screen("notifications-unread", "/notifications", MEMBER, path="/notifications?unread=true"),
    Screen("notification-settings", "/notifications/settings", MEMBER),
    Screen("help", "/help", MEMBER),
    Screen("help-screen", "/help/{screen}", MEMBER, path="/help/board"),
    Screen("portal-history", "/portal/history", MEMBER),
    Screen("security", "/preferences/security", MEMBER, main=True),
    Screen("password", "/preferences/security/password", MEMBER),
    Screen("sessions", "/preferences/security/sessions", MEMBER),
    Screen("tokens", "/preferences/security/tokens", MEMBER),
    Screen("two-step", "/preferences/two-step", MEMBER),
    Screen("linked", "/login/linked", MEMBER),
    Screen("organization", "/organization", MEMBER, main=True, also=EVERYBODY),
    Screen("organization-found", "/organization", MEMBER, path="/organization?q=김"),
    Screen("colleague", "/organization/people/{person_id}", MEMBER, also=EVERYBODY),
    Screen("docs", "/docs", MEMBER, ready="details.operation >> nth=0"),
]
BOARD: Final = [
    Screen("boards", "/board", MEMBER, main=True, also=EVERYBODY),
    Screen("board", "/board/{board_id}", MEMBER, main=True, also=EVERYBODY),
    Screen("post", "/board/posts/{post_id}", MEMBER, main=True, also=EVERYBODY),
    Screen("write", "/board/posts/new", "admin", path="/board/posts/new?board={board_id}"),
    Screen("edit", "/board/posts/{post_id}/edit", "admin"),
    Screen("manage-boards", "/board/manage"),
    Screen("manage-board", "/board/manage/{board_id}"),
    Screen("delete-board", "/board/manage/{board_id}/delete"),
    Screen(
        "manage-group",
        "/board/manage/groups/{group_id}",
        path="/board/manage/groups/{board_group}",
        at="/board/manage",
    ),
    Screen("board-settings", "/board/{board_id}/settings"),
    Screen("board-trash", "/board/{board_id}/trash"),
    Screen("versions", "/board/posts/{post_id}/revisions"),
    Screen("change", "/board/posts/{post_id}/revisions/{version}"),
    Screen("move-post", "/board/posts/{post_id}/move"),
    Screen("print-post", "/board/posts/{post_id}/print", MEMBER),
    Screen("unseal", "/board/posts/{post_id}/unseal", path="/board/posts/{sealed_id}/unseal"),
    Screen("readers", "/board/posts/{post_id}/readers", path="/board/posts/{notice_id}/readers"),
    Screen("required-post", "/board/posts/{post_id}/required"),
    Screen("progress", "/board/posts/{post_id}/required", path="/board/posts/{notice_id}/required"),
    Screen("popup", "/board/posts/{post_id}/popup"),
    Screen("required", "/board/required", MEMBER),
    Screen("following", "/board/following", MEMBER),
]
PEOPLE: Final = [
    Screen("people", "/admin/people", main=True),
    Screen("new-person", "/admin/people/new"),
    Screen("person", "/admin/people/{person_id}"),
    Screen("import", "/admin/people/import"),
    Screen("import-list", "/admin/people/import/{list_id}"),
    Screen("departments", "/admin/departments"),
    Screen("department", "/admin/departments/{department_id}"),
    Screen("positions", "/admin/positions"),
    Screen("position", "/admin/positions/{position_id}"),
]
RIGHTS: Final = [
    Screen("roles", "/admin/rights", main=True),
    Screen("role", "/admin/rights/roles/{role_id}"),
    Screen("role-delete", "/admin/rights/roles/{role_id}/delete"),
    Screen("grants", "/admin/rights/grants"),
    Screen("give", "/admin/rights/grants/new"),
    Screen("groups", "/admin/rights/groups"),
    Screen("group", "/admin/rights/groups/{group_id}"),
    Screen("why", "/admin/rights/why"),
    Screen(
        "why-told",
        "/admin/rights/why",
        path="/admin/rights/why?q=member&permission=core:audit:read",
    ),
]
WAYS_IN: Final = [
    Screen("passwords", "/admin/passwords"),
    Screen("person-sign-in", "/admin/passwords/{user_id}"),
    Screen("second-factors", "/admin/second-factor"),
    Screen("providers", "/admin/sign-in"),
    Screen("new-oidc", "/admin/sign-in/new/{kind}", path="/admin/sign-in/new/oidc"),
    Screen("new-ldap", "/admin/sign-in/new/{kind}", path="/admin/sign-in/new/ldap"),
    Screen("provider", "/admin/sign-in/{key}", path="/admin/sign-in/corp"),
    Screen("provider-test", "/admin/sign-in/{key}/test", path="/admin/sign-in/corp/test"),
]
HOUSE: Final = [
    Screen("plugins", "/admin/plugins", main=True),
    Screen("plugin", "/admin/plugins/{key}", path="/admin/plugins/board"),
    Screen("layouts", "/admin/layouts"),
    Screen("layout", "/admin/layouts/{scope}", path="/admin/layouts/tenant", ready="maru-grid"),
    Screen("layouts-damaged", "/admin/layouts/damaged"),
    Screen("layout-as", "/admin/layouts/as/{person}"),
    Screen("statistics", "/admin/statistics"),
    Screen("quotas", "/admin/quotas"),
    Screen("files", "/admin/files"),
    Screen("admin-notifications", "/admin/notifications"),
    Screen("admin-notification-hooks", "/admin/notifications/hooks"),
    Screen("addresses", "/admin/addresses"),
    Screen("search-words", "/admin/search/words"),
    Screen("mail", "/admin/mail"),
    Screen("data-keys", "/admin/data-keys"),
    Screen("design", "/design"),
]
WATCHING: Final = [
    Screen("jobs", "/admin/jobs", main=True),
    Screen("job", "/admin/jobs/{job_id}"),
    Screen("schedules", "/admin/schedules"),
    Screen("schedule", "/admin/schedules/{name}"),
    Screen("events", "/admin/events"),
    Screen("event", "/admin/events/{number}"),
    Screen("listeners", "/admin/events/listeners"),
    Screen("audit", "/admin/audit", main=True),
    Screen("audit-line", "/admin/audit/{line_id}"),
    Screen("health", "/admin/health"),
    Screen("monitor", "/admin/monitor"),
    Screen("alerts", "/admin/alerts"),
]
OPERATORS: Final = [
    Screen("operator-sign-in", "/operator", NOBODY),
    Screen("operator-tenants", "/operator/tenants", OPERATOR, main=True),
    Screen("operator-new", "/operator/tenants/new", OPERATOR),
    Screen("operator-tenant", "/operator/tenants/{tenant_id}", OPERATOR),
    Screen("operator-layouts", "/operator/layouts", OPERATOR),
    Screen("operator-tasks", "/operator/tasks", OPERATOR),
    Screen("operator-trail", "/operator/trail", OPERATOR),
    Screen("operator-two-step", "/operator/two-step", OPERATOR),
]
GROUPS: Final = {
    "entering": ENTERING,
    "ones-own": ONES_OWN,
    "board": BOARD,
    "people": PEOPLE,
    "rights": RIGHTS,
    "ways-in": WAYS_IN,
    "house": HOUSE,
    "watching": WATCHING,
    "operators": OPERATORS,
}
SCREENS: Final = [screen for group in GROUPS.values() for screen in group]

PART: Final = "a part of a page, which its page shows"
ELSEWHERE: Final = "leads on to another page at once"
LEFT_OUT: Final = {
    "/admin/kinds": "a plugin of the tests alone",
    "/kinds": "a plugin of the tests alone",
    "/admin/processes": PART,
    "/board/posts/{post_id}/comments": PART,
    "/board/posts/{post_id}/files": PART,
    "/operator/layouts/tasks": PART,
    "/operator/tenants/{tenant_id}/tasks": PART,
    "/organization/below/{department}": PART,
    "/portal/fragment/{portlet_type}": PART,
    "/portal/portlet/{placement}": PART,
    "/notifications/leave/{token}": "where a link in a mail leads, which test_mails.py opens",
    "/portal/popups": PART,
    "/notifications/bell": PART,
    "/notifications/latest": PART,
    "/search/palette": "a part of each page: its palette, which tests/e2e opens",
    "/portal/start": ELSEWHERE,
    "/portal/settings/{portlet_type}": "a dialog of the portal: tests/e2e/test_layers.py",
    "/login/oidc/{key}": ELSEWHERE,
    "/login/oidc/{key}/callback": ELSEWHERE,
    "/login/oidc/{key}/link": ELSEWHERE,
    "/admin/events/listeners/{name}": "no plugin of the demo listens: tests/e2e/test_jobs.py",
    "/login/left": "after signing out from a provider: tests/e2e/test_sign_in.py",
    "/operator/second-factor": "the page of a company's people: tests/e2e/test_operators.py",
}
