"""No text that a reader meets stands in a template or in script: all go through the catalogues."""

import re

import pytest
from tests.architecture.source import ROOT
from tests.architecture.test_templates import OURS

# What is the same in every language.
SAME = frozenset({"https://", "p95", "board:17", "한국어", "English", "ms", "GB", "MB", "kB", "s"})
SHOWN = "aria-label|aria-description|title|placeholder|alt|label|data-confirm"
ATTRIBUTE = re.compile(rf'\b(?:{SHOWN})="([^"\x00]*[^\W\d_][^"\x00]*)"')
UNREAD = re.compile(
    r"\{#.*?#\}"
    r"|\{% block width %\}.*?\{% endblock %\}"
    r"|\{% set \w+ %\}.*?\{% endset %\}"
    r"|<(script|style|code|kbd)\b.*?</\1>",
    re.DOTALL,
)
JINJA = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
TAG = re.compile(r"<[^<>]*>")
WORD = re.compile(r"[^\W\d_]{2,}")
# Macros that write parts of a tag, which no pattern of tags can see through.
HOME = "core/src/maru/web/templates/maru"
PARTS_OF_TAGS = frozenset({f"{HOME}/ui.html", f"{HOME}/admin/organization/fields.html"})
SCRIPTS = [
    path.relative_to(ROOT).as_posix()
    for path in sorted((ROOT / "core/web/src").rglob("*.ts"))
    if not path.name.endswith(".test.ts")
]
SAID = re.compile(
    r"""(?:textContent\s*=|\btext:|"aria-label":|\b(?:title|placeholder|ariaLabel)\s*=|\b(?:toast|ask|alert)\()"""
    r"""\s*(["'`])(?P<text>[^"'`$]*[^\W\d_]{2,}[^"'`$]*)\1"""
)
PLUGINS = [name for name in OURS if name.startswith(("core/", "plugins/"))]


def hidden(text: str) -> str:
    """A template with what Jinja makes of it left out."""
    return JINJA.sub("\x00", UNREAD.sub("\x00", text))


def test_there_is_something_to_look_at() -> None:
    assert len(PLUGINS) > 50
    assert len(SCRIPTS) > 20


@pytest.mark.parametrize("name", PLUGINS)
def test_attributes_that_are_read_out_are_translated(name: str) -> None:
    found = set(ATTRIBUTE.findall(hidden((ROOT / name).read_text())))
    assert found - SAME == set()


@pytest.mark.parametrize("name", [one for one in PLUGINS if one not in PARTS_OF_TAGS])
def test_text_is_translated(name: str) -> None:
    text = TAG.sub("\x00", hidden((ROOT / name).read_text()))
    assert set(WORD.findall(text)) - SAME == set()


@pytest.mark.parametrize("name", SCRIPTS)
def test_script_shows_the_servers_words(name: str) -> None:
    said = [one["text"] for one in SAID.finditer((ROOT / name).read_text())]
    assert [text for text in said if not text.isupper()] == []  # GET and PATCH are no words


@pytest.mark.parametrize(
    "markup",
    ['<a title="Open it">{{ x }}</a>', "<p>{{ t('a') }} left over</p>", '<i aria-label="글"></i>'],
)
def test_what_is_forgotten_would_be_found(markup: str) -> None:
    text = hidden(markup)
    assert ATTRIBUTE.search(text) or WORD.search(TAG.sub("\x00", text))


@pytest.mark.parametrize("line", ['made.textContent = "Saved it"', "toast(`저장했습니다`)"])
def test_what_script_says_itself_would_be_found(line: str) -> None:
    assert SAID.search(line)
