"""Differences per field: what a person changes, and nothing else, is kept."""

from uuid import UUID, uuid4

from hypothesis import given
from hypothesis import strategies as st

from maru.portal.layout import Differences, differences, resolve, start, version
from maru.portal.pack import pack
from maru.portal.schemas import Placed

TENANT = UUID(int=7)
TYPES = ["board.notices", "board.recent_posts", "core.organization", "lunch.today"]
KNOWN = dict.fromkeys(TYPES, True)
BASE = start(TENANT, [(t, (4, 4)) for t in TYPES])


def seen(layer: Differences, known: dict[str, bool] = KNOWN) -> list[Placed]:
    return resolve(BASE, [layer], known)


class TestStart:
    def test_stands_row_by_row_with_the_same_ids_every_time(self) -> None:
        assert [(b.x, b.y) for b in BASE] == [(0, 0), (4, 0), (8, 0), (0, 4)]
        assert start(TENANT, [(t, (4, 4)) for t in TYPES]) == BASE
        assert BASE[0].id != start(UUID(int=8), [(TYPES[0], (4, 4))])[0].id


class TestDifferences:
    def test_keep_only_the_changed_field(self) -> None:
        wanted = seen(Differences())
        wanted[3].y = 9
        layer = differences(BASE, wanted, Differences(), KNOWN)
        assert layer == Differences(changed={wanted[3].id: {"y": 9}})

    def test_removing_all_differences_restores_the_start(self) -> None:
        assert seen(Differences()) == BASE

    def test_a_removed_portlet_stays_away_and_an_added_one_stays(self) -> None:
        added = Placed(id=uuid4(), portlet_type="lunch.today", x=6, y=20, w=6, h=2)
        layer = differences(BASE, [*seen(Differences())[1:], added], Differences(), KNOWN)
        assert [b.id for b in seen(layer)] == [BASE[1].id, BASE[2].id, BASE[3].id, added.id]

    def test_what_is_hidden_takes_no_place(self) -> None:
        wanted = seen(Differences())
        wanted[0].is_visible = False
        wanted[1].x = 0
        shown = seen(differences(BASE, wanted, Differences(), KNOWN))
        assert [(b.id, b.x, b.y) for b in shown][:1] == [(BASE[1].id, 0, 0)]
        assert [b.id for b in shown if not b.is_visible] == [BASE[0].id]

    def test_a_plugin_switched_off_and_on_again_finds_its_places(self) -> None:
        moved = seen(Differences())
        moved[3].y = 30
        layer = differences(BASE, moved, Differences(), KNOWN)
        off = KNOWN | {"lunch.today": False}
        below = resolve(BASE, [], off)
        others = seen(layer, off)
        others[0].h = 3
        later = differences(below, others, layer, off)
        back = {b.portlet_type: b for b in seen(later)}
        assert (back["lunch.today"].y, back["board.notices"].h) == (30, 3)

    @given(st.lists(st.tuples(st.integers(0, 8), st.integers(0, 30)), min_size=4, max_size=4))
    def test_what_was_sent_is_what_is_seen(self, places: list[tuple[int, int]]) -> None:
        wanted = [
            b.model_copy(update={"x": x, "y": y}) for b, (x, y) in zip(BASE, places, strict=True)
        ]
        wanted = pack(wanted)
        assert seen(differences(BASE, wanted, Differences(), KNOWN)) == wanted


class TestVersion:
    def test_changes_with_any_field(self) -> None:
        other = [b.model_copy(deep=True) for b in BASE]
        other[0].config = {"count": 5}
        assert version(list(BASE)) == version(BASE)
        assert version(other) != version(BASE)
