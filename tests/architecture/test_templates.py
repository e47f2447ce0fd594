"""Templates hold macros: no raw `hx-*` outside core's own, no script, no style that the policy
would refuse."""

import re

import pytest
from tests.architecture.source import ROOT

# Where the macros themselves stand.
DRAWING = {
    "core/src/maru/web/templates/maru/ui.html",
    "core/src/maru/web/templates/maru/portlet.html",
}
# Mail programs know no style sheet; the stranger is there to be refused.
ELSEWHERE = ("/maru/mail/", "tests/plugins/stranger/")
FORBIDDEN = {
    "an inline style": re.compile(r"<style\b|\sstyle\s*=\s*[\"'{]", re.IGNORECASE),
    "an inline handler": re.compile(r"\son[a-z]+\s*=\s*[\"'{]", re.IGNORECASE),
    "an address that is script": re.compile(r"javascript:", re.IGNORECASE),
}
# Only what the bundle holds, by its address, and data.
SCRIPT = re.compile(
    r"<script(?! type=\"module\" src=\"\{\}\"></script>| type=\"application/json\")", re.IGNORECASE
)
RAW = re.compile(r"\b(?:data-)?hx-[a-z]")
OURS = [
    path.relative_to(ROOT).as_posix()
    for folder in ("core/src", "plugins", "examples", "tests/plugins")
    for path in sorted((ROOT / folder).rglob("templates/**/*.html"))
    if not any(word in path.as_posix() for word in ELSEWHERE)
]


def markup(name: str) -> str:
    """A template without its comments and without what stands in calls of macros."""
    text = (ROOT / name).read_text()
    text = re.sub(r"\{#.*?#\}", "", text, flags=re.DOTALL)
    return re.sub(r"\{\{.*?\}\}|\{%.*?%\}", "{}", text, flags=re.DOTALL)


def test_there_are_templates_to_look_at() -> None:
    assert len(OURS) > 50
    assert {name.split("/")[0] for name in OURS} >= {"core", "plugins"}
    assert set(OURS) >= DRAWING


@pytest.mark.parametrize("name", OURS)
def test_a_template_draws_with_macros(name: str) -> None:
    text = markup(name)
    found = {what for what, pattern in FORBIDDEN.items() if pattern.search(text)}
    if SCRIPT.search(text):
        found.add("a script")
    if name not in DRAWING and RAW.search(text):
        found.add("a raw hx- attribute: draw it with live(), action(), form() or opens()")
    assert found == set()


def test_plugins_bring_no_style_sheets() -> None:
    assert (ROOT / "plugins").is_dir()
    assert sorted((ROOT / "plugins").rglob("*.css")) == []
