"""Sample data for every template of core: what the previews show and the tests render."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, Field

from maru.web.languages import Languages
from maru.web.renderer import Renderer, csrf_mark
from maru.web.shell import (
    NavigationItem,
    PageShell,
    ShellTenant,
    ShellUser,
    TenantChoice,
    Theme,
)
from maru.web.static import Assets

TEMPLATES = Path(__file__).parent / "templates"
NOW = datetime.now(UTC).replace(microsecond=0)
MARK = csrf_mark("a secret for tests")


class Kind(StrEnum):
    """What a board is for."""

    NOTICE = "notice"
    TALK = "talk"


class BoardForm(BaseModel):
    """Every kind of input that a form can draw."""

    name: str = Field(max_length=40, description="한 줄로 짧게 적어 주세요.")
    kind: Kind = Kind.TALK
    about: str = Field(default="", max_length=2000)
    page_size: int = Field(default=20, ge=1, le=100)
    opens: datetime | None = None
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class PortletFrame:
    """One frame of the portal. `html` is the finished fragment; `url` is where the body is fetched.

    `link` is where the title leads. A late frame asks `url` by itself; a failed one offers a retry.
    """

    id: str
    type: str
    title: str
    icon: str = "puzzle"
    x: int = 0
    y: int = 0
    w: int = 3
    h: int = 2
    state: str = "ok"
    html: str = ""
    has_links: bool = True
    reason: str = ""
    age_seconds: int = 0
    url: str = ""
    link: str = ""
    is_locked: bool = False
    min_w: int = 2
    min_h: int = 1
    max_w: int = 12
    max_h: int = 24
    note: str = ""
    live: str = ""
    version: str = ""
    made: str = ""
    locked: Sequence[str] = ()
    is_held: bool = False
    is_mandatory: bool = False
    mandatory_until: date | None = None
    is_new: bool = False
    is_fixed: bool = False
    has_config: bool = False


@dataclass(frozen=True, slots=True)
class GalleryEntry:
    """A portlet type that this person may add."""

    portlet_type: str
    title: str
    icon: str = "puzzle"
    w: int = 3
    h: int = 2
    plugin: str = "게시판"
    least: tuple[int, int] = (2, 1)
    most: tuple[int, int] = (12, 24)
    has_config: bool = False


@dataclass(frozen=True, slots=True)
class PluginRow:
    """A line of the administrator's list of plugins."""

    key: str
    name: str
    version: str
    state: str
    reason: str = ""
    needs: Sequence[str] = ()
    needed_by: Sequence[str] = ()
    summary: str = ""
    icon: str = "puzzle"


def make_renderer() -> Renderer:
    """A renderer with core's templates and those of the plugin `sample`."""
    return Renderer({"sample": TEMPLATES}, Assets(), Languages(), mark=MARK, clock=lambda: NOW)


def shell(title: str, *, locale: str = "ko", theme: Theme = "system", **given: object) -> PageShell:
    """The shell of a signed-in person at Hanbit."""
    korean = locale == "ko"
    items = [
        ("포털" if korean else "Portal", "/", "layout-dashboard"),
        ("게시판" if korean else "Boards", "/kit", "message-square"),
        ("전자결재" if korean else "Approvals", "/approval", "file-text"),
        ("조직도" if korean else "Organization", "/people", "network"),
        ("일정" if korean else "Calendar", "/calendar", "calendar"),
        ("플러그인" if korean else "Plugins", "/admin/plugins", "puzzle"),
        ("설정" if korean else "Settings", "/admin/settings", "settings"),
    ]
    path = str(given.pop("path", "/"))
    values: dict[str, object] = {
        "tenant": ShellTenant("한빛 주식회사" if korean else "Hanbit Inc.", "hanbit"),
        "user": ShellUser("김하늘" if korean else "Haneul Kim", "member", None, "인사팀", "대리"),
        "navigation": [NavigationItem(*item, active=item[1] == path) for item in items],
        "search_url": "/search",
        "notifications_url": "/notifications",
        "csrf": "token-of-the-session",
        "demo": True,
        "path": path,
        **given,
    }
    return PageShell(title=title, locale=locale, theme=theme, **values)  # type: ignore[arg-type]


def posts() -> list[dict[str, object]]:
    """Titles as people write them: short, long, emoji, both scripts, one to be escaped."""
    titles = [
        "2026년 하반기 전사 워크숍 일정 안내 및 참가 신청",
        "[필독] 정보보안 교육 이수 안내",
        "사내 카페 메뉴가 바뀝니다 ☕️",
        "Re: Q4 OKR 정리 문서 공유드립니다",
        "<b>굵게</b> 쓰고 싶은데 방법이 있나요?",
        "주차장 공사로 인한 출입구 변경",
        "점심 같이 드실 분 구합니다",
        "신규 입사자 환영회",
    ]
    return [
        {
            "title": title,
            "comments": (7 * index) % 5,
            "at": NOW - timedelta(minutes=3 + index * index * 97),
        }
        for index, title in enumerate(titles)
    ]


PEOPLE = [
    ("박지훈", "개발1팀 팀장", "회의 중", "warn"),
    ("이서연", "디자인팀 선임", "근무 중", "good"),
    ("최민준", "영업본부 과장", "외근", "accent"),
    ("남궁예린", "경영지원실 부장", "휴가", ""),
]


def portlets(renderer: Renderer, locale: str) -> list[PortletFrame]:
    """A portal with each state: fine, late, failed, stale, locked, empty."""

    def html(template: str, **context: object) -> str:
        return renderer.render(f"sample/{template}.html", context, locale=locale)

    korean = locale == "ko"
    recent = html("posts", posts=posts())
    return [
        PortletFrame(
            "p1",
            "board.recent_posts",
            "최근 게시글" if korean else "Recent posts",
            "message-square",
            0,
            0,
            6,
            4,
            html=recent,
            link="/kit",
            min_w=3,
            min_h=2,
        ),
        PortletFrame(
            "p2",
            "board.notices",
            "공지사항" if korean else "Notices",
            "megaphone",
            6,
            0,
            3,
            4,
            html=html("posts", posts=posts()[:4]),
            is_locked=True,
            is_held=True,
        ),
        PortletFrame(
            "p3",
            "lunch.today",
            "오늘의 점심" if korean else "Lunch",
            "utensils",
            9,
            0,
            3,
            2,
            html=html("menu", dishes=["비빔밥", "된장찌개", "배추김치"]),
            has_links=False,
        ),
        PortletFrame(
            "p4",
            "maru.organization",
            "우리 부서" if korean else "My department",
            "users",
            9,
            2,
            3,
            4,
            html=html("people", people=PEOPLE),
        ),
        PortletFrame(
            "p5",
            "approval.waiting",
            "결재 대기" if korean else "Waiting for me",
            "file-text",
            0,
            4,
            3,
            2,
            state="late",
            url="/portal/portlets/p5",
        ),
        PortletFrame(
            "p6",
            "calendar.week",
            "이번 주 일정" if korean else "This week",
            "calendar",
            3,
            4,
            3,
            2,
            state="failed",
            reason="일정 서버가 응답하지 않습니다." if korean else "The calendar does not answer.",
            url="/portal/portlets/p6",
        ),
        PortletFrame(
            "p7",
            "maru.birthdays",
            "생일" if korean else "Birthdays",
            "heart",
            6,
            4,
            3,
            2,
            state="stale",
            age_seconds=320,
            html=html("posts", posts=posts()[2:4]),
        ),
        PortletFrame(
            "p8",
            "board.mine",
            "내가 쓴 글" if korean else "My posts",
            "pencil",
            0,
            6,
            6,
            2,
            html=html("posts", posts=[]),
        ),
    ]


def live_portlet(posts: Sequence[str], version: str) -> PortletFrame:
    """A portlet that is fetched again when it is old."""
    html = "".join(f'<p><a href="#{post}">{post}</a></p>' for post in posts)
    return PortletFrame(
        "p9", "board.recent_posts", "최근 게시글", html=html, live="/live/posts", version=version
    )


GALLERY: Sequence[GalleryEntry] = (
    GalleryEntry("board.recent_posts", "최근 게시글", "message-square", 6, 4),
    GalleryEntry("board.notices", "공지사항", "megaphone", 3, 4),
    GalleryEntry("lunch.today", "오늘의 점심", "utensils", 3, 2),
    GalleryEntry("maru.organization", "우리 부서", "users", 3, 4),
    GalleryEntry("maru.birthdays", "생일", "heart", 3, 2),
)

PLUGINS = [
    PluginRow(
        "approval",
        "전자결재",
        "1.2.0",
        "enabled",
        needs=("board",),
        summary="기안, 결재선, 전결, 참조와 보관함",
        icon="file-text",
    ),
    PluginRow(
        "board",
        "게시판",
        "1.4.1",
        "enabled",
        needed_by=("approval", "workshop"),
        summary="게시판, 글, 댓글, 공지",
        icon="message-square",
    ),
    PluginRow(
        "lunch", "오늘의 점심", "0.1.0", "disabled", summary="구내식당 차림표", icon="utensils"
    ),
    PluginRow(
        "acme_chat",
        "Acme Chat",
        "3.0.0",
        "set_aside",
        reason="Needs maru-sdk>=2.0, but 1.0 is installed.",
        icon="puzzle",
    ),
]

TENANTS = [
    TenantChoice("한빛 주식회사", "http://hanbit.localhost:8400/", "hanbit.localhost:8400"),
    TenantChoice("새봄 병원", "http://saebom.localhost:8400/", "saebom.localhost:8400"),
]

OPENAPI = {
    "openapi": "3.1.0",
    "info": {"title": "Maru", "version": "1.0.0"},
    "paths": {
        "/api/v1/board/boards/{board_id}/posts": {
            "get": {
                "tags": ["board"],
                "summary": "List the posts of a board",
                "parameters": [
                    {
                        "name": "board_id",
                        "in": "path",
                        "required": True,
                        "schema": {"type": "string", "format": "uuid"},
                    },
                    {
                        "name": "limit",
                        "in": "query",
                        "schema": {"type": "integer", "minimum": 1, "maximum": 100, "default": 20},
                        "description": "How many.",
                    },
                ],
                "responses": {
                    "200": {
                        "description": "The posts",
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Post"},
                                }
                            }
                        },
                    },
                    "404": {"description": "No such board"},
                },
            },
            "post": {
                "tags": ["board"],
                "summary": "Write a post",
                "requestBody": {
                    "required": True,
                    "content": {
                        "application/json": {"schema": {"$ref": "#/components/schemas/Post"}}
                    },
                },
                "responses": {"201": {"description": "Written"}},
            },
        },
        "/api/v1/users/me": {
            "get": {
                "tags": ["users"],
                "summary": "Who I am",
                "responses": {"200": {"description": "Me"}},
            }
        },
    },
    "components": {
        "schemas": {
            "Post": {
                "type": "object",
                "required": ["title"],
                "properties": {
                    "title": {"type": "string", "maxLength": 200},
                    "kind": {"enum": ["notice", "talk"]},
                    "author": {
                        "anyOf": [{"$ref": "#/components/schemas/Person"}, {"type": "null"}]
                    },
                    "replies": {"type": "array", "items": {"$ref": "#/components/schemas/Post"}},
                },
            },
            "Person": {"type": "object", "properties": {"name": {"type": "string"}}},
        }
    },
}
