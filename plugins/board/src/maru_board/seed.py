"""A demo company's boards: a year of posts and comments, the same ones for the same seed."""

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, pairwise
from random import Random
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from maru_board.comments.models import Comment
from maru_board.files import attachment
from maru_board.models import Board, BoardGroup, Post
from maru_board.phrases import Scene, data, fitting
from maru_board.seed_kinds import seed_kinds
from maru_sdk import Context, User
from maru_sdk.db import insert
from maru_sdk.lifecycle import DemoSeed, demo_seeded
from maru_sdk.rich import html_of

PEOPLE: Final = 80
LONG: Final = 12_000
SOMEONE: Final = "saebom"
ON_TIME: Final = timedelta(minutes=7)
Row = dict[str, Any]


@demo_seeded.extend
async def fill_demo(ctx: Context, ask: DemoSeed) -> None:
    """Fills the tenant's boards, in three statements."""
    people = await ctx.people.some(PEOPLE)
    zone = ZoneInfo(ctx.tenant.timezone)
    written = Writer(ctx.tenant.slug, ask.seed, people, ctx.now, zone).write()
    await ctx.db.execute(insert(BoardGroup), written.groups)
    await ctx.db.execute(insert(Board), written.boards)
    await ctx.db.execute(insert(Post), written.posts)
    await ctx.db.execute(insert(Comment), written.comments)
    await _attach(ctx, written.posts[0]["id"], people)
    await seed_kinds(ctx, written.company, people)


async def _attach(ctx: Context, post_id: UUID, people: Sequence[User]) -> None:
    """A list of those who come, attached as its author would."""
    rows = [f"{number},{person.name}" for number, person in enumerate(people[:12], 1)]
    content = "\ufeff" + "\n".join(["번호,이름", *rows]) + "\n"
    await ctx.files.put(attachment, post_id, "참석자 명단.csv", content.encode())


@dataclass(frozen=True)
class Written:
    """The rows of the tables; parents stand before what refers to them. `company` is the plan that
    they were made by."""

    company: Mapping[str, Any]
    groups: list[Row]
    boards: list[Row]
    posts: list[Row]
    comments: list[Row]


class Writer:
    """Writes what a company's people might have written until `now`."""

    def __init__(
        self, slug: str, seed: int, people: Sequence[User], now: datetime, zone: ZoneInfo
    ) -> None:
        companies, texts = data("companies"), data("topics")
        self.company = companies.get(slug, companies[SOMEONE])
        self.special = companies["special"]
        self.topics = texts["topic"]
        self.closing = texts["closing"]["all"]
        self.remarks: list[str] = texts["remarks"]["all"]
        self.slots = {**texts["slots"], **self.company["slots"]}
        self.chance = Random(f"{slug}/{seed}")  # noqa: S311 - believable, not secret
        self.people = people
        self.names = [person.name for person in people]
        self.now, self.zone = now, zone
        self.titles: set[str] = set()
        self.bodies: dict[UUID, int] = {}

    def write(self) -> Written:
        """All rows."""
        plans = self.company["board"]
        self.groups = self._groups(plans)
        boards = [self._board(plan, place) for place, plan in enumerate(plans)]
        posts: list[Row] = []
        for board, plan, number in zip(boards, plans, self._numbers(plans), strict=True):
            posts += self._posts(board["id"], plan, number)
            board["post_count"] = number
        comments = self._comments(posts, dict(zip((b["id"] for b in boards), plans, strict=True)))
        posts += self._waiting(boards[0]["id"])
        return Written(self.company, [*self.groups.values()], boards, posts, comments)

    def _numbers(self, plans: Sequence[Mapping[str, Any]]) -> list[int]:
        """How many posts each board has; their sum is the company's."""
        ends = [*accumulate(plan["share"] for plan in plans)]
        marks = [0, *(self.company["posts"] * end // ends[-1] for end in ends)]
        return [after - before for before, after in pairwise(marks)]

    def _id(self, when: datetime) -> UUID:
        """A UUIDv7 of that moment."""
        high = int(when.timestamp() * 1000) << 16 | 0x7000 | self.chance.getrandbits(12)
        return UUID(int=high << 64 | 0b10 << 62 | self.chance.getrandbits(62))

    def _author(self) -> UUID:
        """Some people write much, most write little."""
        place = int(len(self.people) * self.chance.random() ** 1.7)
        return self.people[place].id

    # Boards and posts

    def _groups(self, plans: Sequence[Mapping[str, Any]]) -> dict[str, Row]:
        """The groups that boards stand in, in their order."""
        names = dict.fromkeys(plan["group"] for plan in plans if "group" in plan)
        return {
            name: {"id": self._id(self.now - timedelta(days=401)), "name": name, "position": place}
            for place, name in enumerate(names)
        }

    def _board(self, plan: Mapping[str, Any], place: int) -> Row:
        made = self.now - timedelta(days=400, minutes=-place)
        return {
            "id": self._id(made),
            "name": plan["name"],
            "description": plan["description"],
            "kind": plan.get("kind", "normal"),
            "group_id": self.groups[plan["group"]]["id"] if "group" in plan else None,
            "moderators_write": plan.get("kind") == "notice",
            "prefixes": plan.get("prefixes", []),
            "position": (place + 1) * 10,
            "is_closed": plan.get("closed", False),
            "created_at": made,
            "updated_at": made,
        }

    def _posts(self, board_id: UUID, plan: Mapping[str, Any], number: int) -> Iterator[Row]:
        special = [given for given in self.special if given["topic"] == plan["topic"]]
        if plan.get("closed"):
            special = []
        for given in special:
            yield self._particular(board_id, given)
        for _ in range(number - len(special)):
            yield self._ordinary(board_id, plan)

    def _particular(self, board_id: UUID, given: Mapping[str, Any]) -> Row:
        content = given["content"]
        row = self._post(
            board_id,
            self._moment(),
            title=given["title"],
            content=self._long(given["topic"]) if content == "@long" else content,
            is_rich=given.get("rich", False),
            is_notice=given.get("notice", False),
            is_pinned=given.get("pinned", False),
        )
        if "body" in given:
            self.bodies[row["id"]] = given["body"]
        return row

    def _ordinary(self, board_id: UUID, plan: Mapping[str, Any]) -> Row:
        when = self._moment(closed=plan.get("closed", False))
        scene, title, body = self._fresh(when, self.topics[plan["topic"]])
        notice = plan.get("kind") == "notice" and self.chance.random() < 0.4
        text = scene.fill(self.topics[plan["topic"]]["bodies"][body])
        content = "" if self.chance.random() < 0.02 else f"{text}\n\n{scene.pick(self.closing)}"
        row = self._post(board_id, when, title=title, content=content.rstrip(), is_notice=notice)
        self.bodies[row["id"]] = body
        return row

    def _fresh(self, when: datetime, topic: Mapping[str, Any]) -> tuple[Scene, str, int]:
        """A title that nobody has written yet, if one can be thought of."""
        for _ in range(20):
            scene = self._scene(when)
            title, body = scene.pick_title(topic["titles"], len(topic["bodies"]))
            if title not in self.titles:
                break
        self.titles.add(title)
        return scene, title, body

    def _long(self, topic: str) -> str:
        parts = ["목차는 생략합니다."]
        for chapter in range(1, 1_000):
            if sum(map(len, parts)) > LONG:
                break
            scene = self._scene(self.now - timedelta(days=chapter))
            parts.append(f"제{chapter}장\n\n{scene.pick(self.topics[topic]['bodies'])}")
        return "\n\n".join(parts)

    def _scene(self, when: datetime) -> Scene:
        return Scene(self.chance, self.slots, self.names, when.astimezone(self.zone).date())

    def _moment(self, *, closed: bool = False) -> datetime:
        """A working hour of the last year, recent ones more often."""
        days = 200 + 160 * self.chance.random() if closed else 364 * self.chance.random() ** 1.5
        day = (self.now - timedelta(days=days)).astimezone(self.zone)
        if day.weekday() > 4 and self.chance.random() < 0.85:
            day -= timedelta(days=2)
        hour, minute = int(self.chance.triangular(8, 20, 10.5)), self.chance.randrange(60)
        when = day.replace(hour=hour, minute=minute, second=self.chance.randrange(60))
        while when > self.now - ON_TIME:
            when -= timedelta(days=1)
        return when.astimezone(self.now.tzinfo)

    def _post(
        self,
        board_id: UUID,
        when: datetime,
        *,
        title: str,
        content: str,
        is_rich: bool = False,
        is_notice: bool = False,
        is_pinned: bool = False,
    ) -> Row:
        read = self.chance.lognormvariate(3.4, 0.9) * (3 if is_notice else 1)
        return {
            "id": self._id(when),
            "board_id": board_id,
            "author_id": self._author(),
            "title": title,
            "content": content if is_rich else html_of(content),
            "content_format": "html",
            "is_notice": is_notice,
            "is_pinned": is_pinned,
            "is_published": True,
            "published_at": when,
            "view_count": 2 + int(read),
            "like_count": int(read * self.chance.random() ** 3 / 4),
            "comment_count": 0,
            "created_at": when,
            "updated_at": when,
        }

    def _waiting(self, board_id: UUID) -> Iterator[Row]:
        """Two posts that will appear by themselves."""
        for ahead, title in ((timedelta(minutes=10), "곧"), (timedelta(days=1), "내일")):
            content = "정해진 시각에 저절로 게시되는 글입니다."
            row = self._post(
                board_id, self.now - ON_TIME, title=f"{title} 게시되는 예약 글", content=content
            )
            unread = {"view_count": 0, "like_count": 0, "is_published": False}
            yield row | unread | {"published_at": self.now + ahead}

    # Comments

    def _comments(self, posts: Sequence[Row], plans: Mapping[UUID, Mapping[str, Any]]) -> list[Row]:
        """The company's comments: a few posts have many, most have few."""
        liked = [min(self.chance.paretovariate(1.3), 14) for _ in posts]
        chosen = Counter(
            self.chance.choices(range(len(posts)), weights=liked, k=self.company["comments"])
        )
        rows: list[Row] = []
        for place, number in sorted(chosen.items()):
            post = posts[place]
            rows += self._thread(post, self._remarks(post, plans[post["board_id"]]), number)
            post["comment_count"] = number
            post["view_count"] = max(post["view_count"], number * 2)
        return rows

    def _remarks(self, post: Row, plan: Mapping[str, Any]) -> Sequence[str]:
        if post["id"] not in self.bodies:
            return self.remarks
        topic = self.topics[plan["topic"]]
        return fitting(topic["comments"], self.bodies[post["id"]], len(topic["bodies"]))

    def _thread(self, post: Row, patterns: Sequence[str], number: int) -> list[Row]:
        times = sorted(self._answered(post["published_at"]) for _ in range(number))
        rows: list[Row] = []
        said: defaultdict[str, int] = defaultdict(int)
        for when in times:
            text = min((self._remark(when, patterns) for _ in range(3)), key=lambda t: said[t])
            said[text] += 1
            parent = self.chance.choice(rows) if rows and self.chance.random() < 0.25 else None
            rows.append(self._comment(post, when, text, parent))
        return rows

    def _answered(self, published: datetime) -> datetime:
        when = published + timedelta(hours=self.chance.expovariate(1 / 14), seconds=40)
        return min(when, self.now - timedelta(seconds=self.chance.randrange(5, 300)))

    def _remark(self, when: datetime, patterns: Sequence[str]) -> str:
        return self._scene(when).pick(patterns)

    def _comment(self, post: Row, when: datetime, text: str, parent: Row | None) -> Row:
        own = self._id(when)
        return {
            "id": own,
            "post_id": post["id"],
            "thread_id": parent["thread_id"] if parent else own,
            "parent_id": parent["id"] if parent else None,
            "author_id": self._author(),
            "content": text,
            "created_at": when,
            "updated_at": when,
        }
