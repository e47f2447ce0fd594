"""What is around a page's parts is drawn once, whatever becomes of the parts."""

from maru.web.drawn import Composed, DrawnPages, Unchanging, seam
from maru.web.shell import PageShell

MARK = "csrf-mark"


class View(Unchanging):
    """Two parts with something around them."""

    title: str


class Drawing:
    """Counts how often it is asked."""

    def __init__(self) -> None:
        self.pages, self.times = DrawnPages(MARK), 0

    def page(self, model: Unchanging, csrf: str = "one") -> str:
        def draw(shell: PageShell) -> bytes:
            self.times += 1
            return f"<{shell.csrf}>{seam(1)}|{seam(0)}|가".encode()

        return self.pages.page(model, "ko", PageShell("", csrf=csrf), draw).decode()


def test_parts_stand_where_their_seams_are() -> None:
    model = Composed(view=View(title=""), parts=("나<b>", "다"))
    assert Drawing().page(model) == "<one>다|나<b>|가"


def test_a_changed_part_draws_nothing_anew() -> None:
    drawing, view = Drawing(), View(title="")
    first, second = (Composed(view=view, parts=(part, "")) for part in ("old", "new"))
    assert "old" in drawing.page(first)
    assert "new" in drawing.page(second)
    assert "old" in drawing.page(first)
    assert drawing.times == 1


def test_another_view_is_drawn() -> None:
    drawing = Drawing()
    for title in ("a", "b"):
        drawing.page(Composed(view=View(title=title), parts=("", "")))
    assert drawing.times == 2


def test_each_session_has_its_own_token_in_parts_too() -> None:
    drawing, model = Drawing(), Composed(view=View(title=""), parts=(MARK, ""))
    assert drawing.page(model, "<one>") == "<&lt;one&gt;>|&lt;one&gt;|가"
    assert drawing.page(model, "two") == "<two>|two|가"
    assert drawing.times == 1


def test_what_a_part_says_is_no_seam() -> None:
    model = Composed(view=View(title=""), parts=(f"{seam(1)}", "b"))
    assert Drawing().page(model) == f"<one>b|{seam(1)}|가"
