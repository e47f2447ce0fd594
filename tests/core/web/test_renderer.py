"""The renderer keeps plugins apart, escapes everything and never mixes readers."""

import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path

import pytest
from jinja2 import TemplateNotFound, UndefinedError
from tests.core.web import samples
from tests.core.web.samples import PortletFrame

import maru.web
from maru.portal.frames import Frame, Offer
from maru.web.languages import Languages
from maru.web.renderer import Renderer, csrf_mark
from maru.web.static import Assets

MARK = csrf_mark("a secret")
TEMPLATES = Path(maru.web.__file__).parent / "templates/maru"
NOW = datetime(2026, 11, 20, 6, 4, tzinfo=UTC)
Make = Callable[[Mapping[str, str]], Renderer]


@pytest.fixture
def make(tmp_path: Path) -> Make:
    """A renderer of plugins whose templates are given by path: `board/board/list.html`."""

    def made(files: Mapping[str, str]) -> Renderer:
        for name, text in files.items():
            file = tmp_path / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        roots = {name.split("/")[0]: tmp_path / name.split("/")[0] for name in files}
        assets = Assets(bundle=tmp_path / "none")
        return Renderer(roots, assets, Languages(), mark=MARK, clock=lambda: NOW)

    return made


def say(make: Make, text: str, locale: str = "ko", **context: object) -> str:
    renderer = make({"board/board/page.html": text})
    return renderer.render("board/page.html", context, locale=locale)


class TestIsolation:
    @pytest.mark.parametrize(
        "name",
        [
            "board/../hr/secret.html",
            "../hr/hr/secret.html",
            "board//../../hr/hr/secret.html",
            "/etc/passwd",
            "board",
            "",
            "nobody/page.html",
        ],
    )
    def test_no_name_leads_out_of_a_plugins_folder(self, make: Make, name: str) -> None:
        renderer = make({"board/board/page.html": "b", "hr/hr/secret.html": "s"})
        with pytest.raises(TemplateNotFound):
            renderer.render(name, {}, locale="ko")

    @pytest.mark.parametrize("how", ["include", "import", "extends"])
    def test_a_plugin_uses_its_own_templates_and_cores_only(self, make: Make, how: str) -> None:
        tail = " as x" if how == "import" else ""
        page = f'{{% {how} "hr/secret.html"{tail} %}}'
        renderer = make({"board/board/page.html": page, "hr/hr/secret.html": "s"})
        with pytest.raises(TemplateNotFound):
            renderer.render("board/page.html", {}, locale="ko")

    def test_a_plugin_cannot_stand_in_for_core_or_another(self, make: Make) -> None:
        renderer = make(
            {
                "board/maru/portlet.html": "stolen",
                "board/hr/page.html": "stolen",
                "maru/maru/portlet.html": "stolen",
                "hr/hr/page.html": "own",
            }
        )
        assert renderer.render("hr/page.html", {}, locale="ko") == "own"
        portlet = PortletFrame("1", "a.b", "A", html="fine")
        shown = renderer.render("maru/portlet.html", {"portlet": portlet}, locale="ko")
        assert shown.strip() == "fine"


class TestEscaping:
    def test_values_are_escaped_in_every_file(self, make: Make) -> None:
        assert say(make, "{{ x }}", x="<b>") == "&lt;b&gt;"

    def test_macros_escape_their_arguments(self, make: Make) -> None:
        attack = '"><script>alert(1)</script>'
        html = say(
            make,
            '{% import "maru/ui.html" as ui %}{{ ui.link(x, x) }}{{ ui.badge(x) }}{{ ui.empty(x) }}'
            "{{ ui.action(x, x, values={x: x}, confirm=x, target=x) }}{{ ui.live(x) }}"
            "{{ ui.icon('bell', label=x) }}{{ ui.error_state(x, x) }}{{ ui.avatar(x, x) }}",
            x=attack,
        )
        assert "<script" not in html
        assert html.count("&lt;script&gt;") > 10

    def test_a_missing_value_is_an_error(self, make: Make) -> None:
        with pytest.raises(UndefinedError):
            say(make, "{{ nothing }}")


class TestReader:
    def test_a_page_speaks_its_plugins_words_and_the_shell_cores(self, tmp_path: Path) -> None:
        templates = tmp_path / "templates" / "board"
        catalogue = tmp_path / "locale" / "ko" / "LC_MESSAGES"
        for folder in (templates, catalogue):
            folder.mkdir(parents=True)
        (templates / "page.html").write_text(
            '{% extends "maru/base.html" %}{% block content %}[{{ t("Search") }}]{% endblock %}'
        )
        (catalogue / "board.po").write_text(
            'msgid ""\nmsgstr ""\n\nmsgid "Search"\nmsgstr "찾자"\n'
        )
        renderer = Renderer(
            {"board": tmp_path / "templates"},
            Assets(bundle=tmp_path),
            Languages({"board": tmp_path / "locale"}),
            mark=MARK,
        )
        html = renderer.render("board/page.html", {"shell": samples.shell("x")}, locale="ko")
        assert "[찾자]" in html
        assert 'placeholder="검색"' in html

    def test_times_and_numbers_follow_the_reader(self, make: Make) -> None:
        page = "{{ at|moment }} {{ at|relative }} {{ n|number }} {{ 320|span }} {{ 1234|number }}"
        at = datetime(2026, 11, 20, 6, 1, tzinfo=UTC)
        renderer = make({"board/board/page.html": page})
        korean = renderer.render("board/page.html", {"at": at, "n": 12345.5}, locale="ko")
        english = renderer.render(
            "board/page.html", {"at": at, "n": 12345.5}, locale="en", zone="Europe/Berlin"
        )
        assert korean == "2026. 11. 20. 오후 3:01 3분 전 12,345.5 5분 1,234"
        assert english == "Nov 20, 2026, 7:01 AM 3 minutes ago 12,345.5 5 minutes 1,234"

    def test_rendering_inside_a_rendering_keeps_both_readers(self, make: Make) -> None:
        renderer = make(
            {
                "board/board/page.html": '{{ t("Save") }}',
                "board/board/outer.html": "{{ f() }}{{ locale() }}",
            }
        )

        def inner() -> str:
            return renderer.render("board/page.html", {}, locale="en")

        assert renderer.render("board/outer.html", {"f": inner}, locale="ko") == "Saveko"


class TestCsrf:
    def test_a_fragment_holds_the_mark_until_it_is_finished(self, make: Make) -> None:
        page = '{% import "maru/ui.html" as ui %}{{ ui.action("Go", "/go") }}'
        renderer = make({"board/board/page.html": page})
        cached = renderer.render("board/page.html", {}, locale="ko")
        assert MARK in cached
        assert 'name="_csrf" value="one&#34;s"' in renderer.finish(cached, 'one"s')
        assert MARK not in renderer.finish(cached, "two")

    def test_the_mark_is_the_same_everywhere_and_depends_on_the_secret(self) -> None:
        assert csrf_mark("a secret") == MARK
        assert csrf_mark("another") != MARK


class TestPages:
    @pytest.mark.parametrize("locale", ["ko", "en"])
    @pytest.mark.parametrize(
        "template", ["portal", "login", "chooser", "error", "docs", "admin/plugins"]
    )
    def test_every_page_renders_without_inline_script_or_style(
        self, renderer: Renderer, template: str, locale: str
    ) -> None:
        html = renderer.render(
            f"maru/{template}.html", _context(renderer, locale), locale=locale, csrf="t"
        )
        assert f'<html lang="{locale}"' in html
        assert " style=" not in html
        assert "<style" not in html
        assert "<script>" not in html
        assert " onclick" not in html
        assert samples.MARK not in html

    def test_a_page_without_a_bundle_says_so_and_still_shows_its_forms(
        self, tmp_path: Path
    ) -> None:
        renderer = Renderer({}, Assets(bundle=tmp_path), Languages(), mark=MARK)
        html = renderer.render(
            "maru/login.html", {"shell": samples.shell("x")}, locale="ko", csrf="t"
        )
        assert "화면 파일이 만들어지지 않았습니다." in html
        assert 'action="/login"' in html
        assert "<link" not in html

    def test_the_samples_have_the_fields_of_the_real_thing(self) -> None:
        assert {one.name for one in fields(PortletFrame)} == set(Frame.model_fields)
        assert {one.name for one in fields(samples.GalleryEntry)} == set(Offer.model_fields)

    def test_the_portal_puts_places_into_classes(self, renderer: Renderer) -> None:
        html = renderer.render("maru/portal.html", _context(renderer, "ko"), locale="ko", csrf="t")
        assert 'class="portlet x-9 y-2 w-3 h-4"' in html
        assert 'hx-get="/portal/portlets/p5"' in html
        assert "일정 서버가 응답하지 않습니다." in html
        assert "5분 전 자료" in html

    @pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 418, 429, 500, 503])
    def test_each_error_has_a_page(self, renderer: Renderer, status: int) -> None:
        context = {"shell": samples.shell("x", user=None, trace="abc"), "status": status}
        html = renderer.render("maru/error.html", context, locale="ko", csrf="t")
        assert f"{status} · abc" in html


def _context(renderer: Renderer, locale: str) -> dict[str, object]:
    return {
        "shell": samples.shell("x", locale=locale),
        "portlets": samples.portlets(renderer, locale),
        "gallery": samples.GALLERY,
        "version": "1",
        "tabs": (),
        "page": "",
        "safe": False,
        "news": 0,
        "damaged": [],
        "plugins": samples.PLUGINS,
        "tenants": samples.TENANTS,
        "status": 404,
    }


@pytest.mark.parametrize("layout", ["base.html", "bare.html", "mail/layout.html"])
def test_layouts_leave_all_names_to_the_pages_on_them(layout: str) -> None:
    """What a layout sets hides a field of the same name from its pages: no field begins so."""
    source = (TEMPLATES / layout).read_text("utf-8")
    assert [name for name in re.findall(r"{%-?\s*set\s+(\w+)", source) if name[0] != "_"] == []
