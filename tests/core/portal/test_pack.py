"""The grid's one function keeps its promises whatever it is given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maru.portal.errors import LayoutInvalid
from maru.portal.pack import check, overlap, pack
from maru.portal.schemas import Placed

boxes = st.lists(
    st.builds(
        Placed,
        portlet_type=st.just("core.organization"),
        x=st.integers(-3, 15),
        y=st.integers(-3, 30),
        w=st.integers(-1, 14),
        h=st.integers(-1, 6),
    ),
    max_size=20,
)


def box(x: int, y: int, w: int, h: int) -> Placed:
    return Placed(portlet_type="core.organization", x=x, y=y, w=w, h=h)


def copies(items: list[Placed]) -> list[Placed]:
    return [item.model_copy() for item in items]


class TestPack:
    @given(boxes)
    def test_nothing_overlaps_or_leaves_the_grid(self, items: list[Placed]) -> None:
        packed = pack(copies(items))
        assert len(packed) == len(items)
        check(packed)

    @given(boxes)
    def test_packing_twice_changes_nothing(self, items: list[Placed]) -> None:
        once = pack(copies(items))
        assert pack(copies(once)) == once

    def test_a_box_that_fits_stays_where_it_is(self) -> None:
        assert pack([box(4, 7, 4, 2)]) == [box(4, 7, 4, 2)]

    def test_of_two_that_collide_the_lower_one_moves(self) -> None:
        assert pack([box(0, 1, 6, 3), box(3, 0, 6, 2)]) == [box(3, 0, 6, 2), box(0, 2, 6, 3)]


class TestCheck:
    @pytest.mark.parametrize(
        ("items", "problem"),
        [
            ([box(0, 0, 4, 2), box(3, 1, 4, 2)], "overlap"),
            ([box(-1, 0, 4, 2)], "negative"),
            ([box(0, 0, 0, 2)], "negative"),
            ([box(9, 0, 4, 2)], "outside"),
            ([box(0, 999, 4, 2)], "outside"),
            ([box(0, 2 * i, 4, 2) for i in range(61)], "room for 60 portlets"),
        ],
    )
    def test_refuses(self, items: list[Placed], problem: str) -> None:
        with pytest.raises(LayoutInvalid) as refused:
            check(items)
        assert problem in str(refused.value)

    def test_sixty_neighbours_are_fine(self) -> None:
        check([box(4 * (i % 3), 2 * (i // 3), 4, 2) for i in range(60)])

    def test_touching_is_not_overlapping(self) -> None:
        assert not overlap(box(0, 0, 4, 2), box(4, 0, 4, 2))
