"""Tenant, role, person: whatever the layers hold, their sum is a sound layout."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from maru.portal.layers import Change, Differences, TabChange
from maru.portal.layout import (
    Kind,
    Rules,
    Wanted,
    Whole,
    base,
    differences,
    fitted,
    lock_broken,
    resolve,
    start,
    start_id,
)
from maru.portal.pack import overlap
from maru.portal.schemas import COLUMNS, HOME, Placed, Tab

TENANT = UUID(int=7)
TODAY = date(2026, 11, 28)
KINDS = [
    Kind("board.notices", size=(4, 4), least=(2, 2)),
    Kind("board.recent_posts", size=(4, 4), least=(3, 2), most=(8, 6)),
    Kind("core.organization", size=(3, 5), least=(3, 3)),
    Kind("lunch.today", size=(3, 2)),
    Kind("hr.secret", is_usable=False),
]
RULES = Rules({kind.name: kind for kind in KINDS}, TODAY)
BASE = base(TENANT, KINDS, [])
IDS = [box.id for box in BASE if box.id]
NAMES = [*RULES.kinds, "gone.away"]
PAGE = UUID(int=99)

wild = st.integers(-5, 40) | st.sampled_from([-(10**30), 10**30])
change = st.fixed_dictionaries(
    {},
    optional={
        "x": wild,
        "y": wild,
        "w": wild,
        "h": wild,
        "is_visible": st.booleans(),
        "page": st.sampled_from([HOME, PAGE, UUID(int=98)]),
        "config": st.dictionaries(st.sampled_from("ab"), st.integers(0, 3)),
        "without": st.lists(st.sampled_from("ab"), max_size=1),
        "is_locked": st.booleans(),
        "locked": st.lists(st.sampled_from(["place", "size", "is_visible", "config"]), max_size=2),
        "is_mandatory": st.booleans(),
        "mandatory_until": st.none() | st.dates(TODAY - timedelta(2), TODAY + timedelta(2)),
    },
).map(lambda fields: Change(**fields))
own = st.builds(
    Placed,
    id=st.uuids(version=4),
    portlet_type=st.sampled_from(NAMES),
    x=wild,
    y=wild,
    w=wild,
    h=wild,
    page=st.sampled_from([HOME, PAGE]),
    is_visible=st.booleans(),
    is_locked=st.booleans(),
)
layer = st.builds(
    Differences,
    changed=st.dictionaries(st.sampled_from(IDS), change, max_size=4),
    added=st.lists(own, max_size=6),
    removed=st.lists(st.sampled_from(IDS), max_size=3),
    met=st.none() | st.lists(st.sampled_from(IDS), max_size=5),
    pages=st.lists(st.builds(Tab, id=st.just(PAGE), title=st.just("Two")), max_size=1),
    tabs=st.dictionaries(st.sampled_from([HOME, PAGE]), st.builds(TabChange), max_size=1),
    closed=st.lists(st.sampled_from([HOME, PAGE]), max_size=1),
)
layers = st.lists(layer, max_size=3)


def sound(whole: Whole) -> None:
    """No overlap, inside the columns, within the sizes of the types, every page there."""
    pages = {tab.id for tab in whole.tabs}
    assert whole.tabs[0].id == HOME or HOME in pages
    for box in whole.boxes:
        kind = RULES.kinds.get(box.portlet_type, Kind("gone.away"))
        assert kind.is_usable
        assert box.page in pages
        assert kind.least[0] <= box.w <= kind.most[0]
        assert kind.least[1] <= box.h <= kind.most[1]
        if box.is_visible:
            assert (box.x >= 0, box.x + box.w <= COLUMNS, box.y >= 0) == (True, True, True)
    for page in pages:
        seen = [box for box in whole.on(page) if box.is_visible]
        assert not any(overlap(a, b) for i, a in enumerate(seen) for b in seen[i + 1 :])


def of(whole: Whole, id_: UUID | None) -> Placed:
    return next(box for box in whole.boxes if box.id == id_)


def made(below: Whole, boxes: list[Placed], kept: Differences | None = None) -> Differences:
    """The layer that a person makes who sees all of the first page."""
    kept = kept or Differences()
    there = {b.id for b in resolve(BASE, [kept], RULES).on(HOME)} | {b.id for b in below.on(HOME)}
    wanted = Wanted(HOME, boxes, frozenset(id_ for id_ in there if id_))
    return differences(below, wanted, kept, RULES)


class TestResolve:
    @given(layers)
    def test_is_sound_whatever_the_layers_hold(self, some: list[Differences]) -> None:
        sound(resolve(BASE, some, RULES))

    @given(layers)
    def test_is_the_same_every_time_and_leaves_its_layers_alone(
        self, some: list[Differences]
    ) -> None:
        before = [one.model_dump_json() for one in some]
        assert resolve(BASE, some, RULES) == resolve(BASE, some, RULES)
        assert [one.model_dump_json() for one in some] == before

    @given(layers)
    def test_a_layer_without_differences_changes_nothing(self, some: list[Differences]) -> None:
        whole = resolve(BASE, some, RULES)
        for i in range(len(some) + 1):
            assert resolve(BASE, [*some[:i], Differences(), *some[i:]], RULES) == whole

    @given(layers)
    def test_what_is_resolved_resolves_to_itself(self, some: list[Differences]) -> None:
        whole = resolve(BASE, some, RULES)
        tabs = Differences(pages=[tab for tab in whole.tabs if tab.id != HOME])
        again = resolve(list(whole.boxes), [tabs], RULES)
        assert {b.id: b for b in again.boxes if b.page == HOME} == {b.id: b for b in whole.on(HOME)}

    @given(layers, layer)
    def test_removing_a_difference_restores_what_is_below(
        self, some: list[Differences], top: Differences
    ) -> None:
        """What a layer doesn't say is the parent's, field by field, but for where others push."""
        below = {b.id: b for b in resolve(BASE, some, RULES).boxes}
        for box in resolve(BASE, [*some, top], RULES).boxes:
            parent, mine = below.get(box.id), top.changed.get(box.id or HOME, Change())
            if parent is None:
                continue
            for name in ("w", "h", "is_visible"):
                if name not in mine.model_fields_set:
                    assert getattr(box, name) == getattr(parent, name)
            if mine.model_fields_set.isdisjoint({"config", "without"}):
                assert box.config == parent.config

    def test_two_hundred_portlets_are_mended(self) -> None:
        many = [
            Placed(id=uuid4(), portlet_type="lunch.today", x=i - 50, y=-i, w=i, h=9**9)
            for i in range(200)
        ]
        sound(resolve(BASE, [Differences(added=many)], RULES))


class TestDifferences:
    @given(layers, st.data())
    def test_what_was_sent_is_what_is_seen(self, some: list[Differences], data: Any) -> None:
        below = resolve(BASE, some, RULES)
        wanted = []
        for box in below.on(HOME):
            moved = box.model_copy(update={"is_new": False})
            if not box.is_locked and not box.locked:
                moved.x, moved.y = data.draw(st.integers(0, 8)), data.draw(st.integers(0, 30))
                moved.h = data.draw(st.integers(1, 7))
            wanted.append(moved)
        wanted = fitted(wanted, RULES)
        sent = Wanted(HOME, wanted, frozenset(b.id for b in below.on(HOME) if b.id))
        if lock_broken(below, sent, RULES):
            return  # two locked ones on one place: one had to move
        top = differences(below, sent, Differences(), RULES)
        seen = resolve(BASE, [*some, top], RULES).on(HOME)
        assert {b.id: b for b in seen} == {b.id: b for b in wanted}

    def test_keep_only_the_changed_field(self) -> None:
        below = resolve(BASE, [], RULES)
        wanted = [box.model_copy() for box in below.on(HOME)]
        wanted[3].y = 9
        assert made(below, wanted).changed == {wanted[3].id: Change(y=9)}

    def test_settings_differ_one_by_one(self) -> None:
        admin = Differences(changed={IDS[0]: Change(config={"count": 5, "order": "new"})})
        below = resolve(BASE, [admin], RULES)
        wanted = [box.model_copy() for box in below.on(HOME)]
        wanted[0].config = {"count": 9}
        mine = made(below, wanted)
        assert mine.changed[IDS[0]] == Change(config={"count": 9}, without=["order"])
        admin.changed[IDS[0]].config["more"] = True
        later = of(resolve(BASE, [admin, mine], RULES), IDS[0])
        assert later.config == {"count": 9, "more": True}

    def test_a_plugin_switched_off_and_on_again_finds_its_places(self) -> None:
        below = resolve(BASE, [], RULES)
        moved = [box.model_copy() for box in below.on(HOME)]
        lunch = start_id(TENANT, "lunch.today")
        next(box for box in moved if box.id == lunch).y = 30
        mine = made(below, moved)
        kinds = [k._replace(is_on=k.name != "lunch.today") for k in KINDS]
        off = Rules({kind.name: kind for kind in kinds}, TODAY)
        there = base(TENANT, kinds, [mine])
        assert off.is_gone(of(resolve(there, [mine], off), lunch))
        below_off = resolve(base(TENANT, kinds, []), [], off)
        others = [b.model_copy() for b in resolve(there, [mine], off).boxes if b.id != lunch]
        others[0].h += 1
        seen = frozenset(b.id for b in others if b.id)
        later = differences(below_off, Wanted(HOME, others, seen), mine, off)
        assert of(resolve(BASE, [later], RULES), lunch).y == 30

    def test_other_pages_stay_as_they_are(self) -> None:
        two = Placed(id=uuid4(), portlet_type="lunch.today", x=0, y=0, w=3, h=2, page=PAGE)
        kept = Differences(pages=[Tab(id=PAGE, title="Two")], added=[two])
        below = resolve(BASE, [], RULES)
        later = made(below, [b.model_copy() for b in below.on(HOME)[1:]], kept)
        assert resolve(BASE, [later], RULES).on(PAGE) == [two]
        assert later.removed == [below.on(HOME)[0].id]


class TestLocks:
    def test_a_locked_one_stays_whatever_is_above(self) -> None:
        admin = Differences(changed={IDS[0]: Change(x=4, y=3, is_locked=True)})
        mine = Differences(changed={IDS[0]: Change(x=0, w=9, is_visible=False)}, removed=[IDS[0]])
        box = of(resolve(BASE, [admin, mine], RULES), IDS[0])
        assert (box.x, box.y, box.w, box.is_visible) == (4, 3, 4, True)

    @given(layer)
    def test_a_locked_place_is_kept_against_everything(self, mine: Differences) -> None:
        admin = Differences(changed={IDS[1]: Change(x=2, y=3, w=5, h=4, is_locked=True)})
        box = of(resolve(BASE, [admin, mine], RULES), IDS[1])
        assert (box.x, box.y, box.w, box.h, box.is_visible) == (2, 3, 5, 4, True)

    def test_one_field_can_be_locked_alone(self) -> None:
        admin = Differences(changed={IDS[0]: Change(locked=["size"])})
        mine = Differences(changed={IDS[0]: Change(y=40, w=9)})
        box = of(resolve(BASE, [admin, mine], RULES), IDS[0])
        assert (box.y, box.w) == (40, 4)

    def test_no_layer_above_opens_a_lock(self) -> None:
        tenant = Differences(changed={IDS[0]: Change(locked=["place"])})
        role = Differences(changed={IDS[0]: Change(locked=["size"], is_locked=False)})
        assert of(resolve(BASE, [tenant, role], RULES), IDS[0]).locked == ["place", "size"]

    def test_what_is_mandatory_comes_back_until_its_day_is_over(self) -> None:
        mine = Differences(removed=[IDS[0]])
        for until, there in ((TODAY, True), (TODAY - timedelta(1), False), (None, True)):
            fields: dict[str, Any] = {"is_mandatory": True, "mandatory_until": until}
            admin = Differences(changed={IDS[0]: Change(**fields)})
            ids = [box.id for box in resolve(BASE, [admin, mine], RULES).boxes]
            assert (IDS[0] in ids) == there

    def test_breaking_one_is_found(self) -> None:
        admin = Differences(changed={IDS[0]: Change(is_locked=True)})
        below = resolve(BASE, [admin], RULES)
        there = [box.model_copy() for box in below.on(HOME)]
        seen = frozenset(box.id for box in there if box.id)
        assert lock_broken(below, Wanted(HOME, there, seen), RULES) is None
        assert lock_broken(below, Wanted(HOME, there[1:], seen), RULES) == there[0]
        there[0] = there[0].model_copy(update={"y": 9})
        assert lock_broken(below, Wanted(HOME, there, seen), RULES) is not None

    def test_what_a_person_places_is_not_locked(self) -> None:
        below = resolve(BASE, [], RULES)
        mine = Placed(id=uuid4(), portlet_type="lunch.today", x=0, y=50, w=3, h=2, is_locked=True)
        layer_ = made(below, [*(b.model_copy() for b in below.on(HOME)), mine])
        assert [box.is_locked for box in layer_.added] == [False]


class TestNew:
    def test_what_came_later_is_marked_and_pushes_nobody(self) -> None:
        first = start(TENANT, [("board.notices", (4, 4))])
        below = resolve(first, [], RULES)
        wanted = [first[0].model_copy(update={"x": 2, "y": 0})]
        mine = made(below, wanted)
        assert mine.met == [first[0].id]
        both = start(TENANT, [("lunch.today", (3, 2)), ("board.notices", (4, 4))])
        seen = resolve(both, [mine], RULES)
        assert [(b.portlet_type, b.x, b.y, b.is_new) for b in seen.boxes] == [
            ("board.notices", 2, 0, False),
            ("lunch.today", 6, 0, True),
        ]

    def test_one_that_was_removed_does_not_come_again(self) -> None:
        below = resolve(BASE, [], RULES)
        mine = made(below, [b.model_copy() for b in below.on(HOME)[1:]])
        assert below.on(HOME)[0].id not in [b.id for b in resolve(BASE, [mine], RULES).boxes]


class TestPages:
    def test_stand_by_rank_and_a_closed_one_goes_with_what_is_on_it(self) -> None:
        three = UUID(int=100)
        tabs = [Tab(id=PAGE, title="Two", rank=2), Tab(id=three, title="Three", rank=1)]
        two = Placed(id=uuid4(), portlet_type="lunch.today", x=0, y=0, w=3, h=2, page=PAGE)
        tenant = Differences(pages=tabs, added=[two])
        assert [tab.id for tab in resolve(BASE, [tenant], RULES).tabs] == [HOME, three, PAGE]
        mine = Differences(closed=[PAGE, HOME], tabs={three: TabChange(title="3", rank=-1)})
        whole = resolve(BASE, [tenant, mine], RULES)
        assert [tab.title for tab in whole.tabs] == ["3", ""]
        assert two.id not in [box.id for box in whole.boxes]

    def test_one_with_something_locked_stays(self) -> None:
        held = Placed(
            id=uuid4(), portlet_type="lunch.today", x=0, y=0, w=3, h=2, page=PAGE, is_locked=True
        )
        tenant = Differences(pages=[Tab(id=PAGE, title="Two")], added=[held])
        whole = resolve(BASE, [tenant, Differences(closed=[PAGE])], RULES)
        assert len(whole.tabs) == 2

    def test_what_stood_on_a_page_that_is_gone_comes_to_the_first(self) -> None:
        mine = Placed(id=uuid4(), portlet_type="lunch.today", x=0, y=0, w=3, h=2, page=PAGE)
        assert mine.id in [b.id for b in resolve(BASE, [Differences(added=[mine])], RULES).on(HOME)]
