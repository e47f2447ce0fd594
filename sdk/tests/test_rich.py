"""Rich text: whatever is sent, what is kept is the little that the editor writes."""

import json
from html.parser import HTMLParser
from pathlib import Path
from unicodedata import is_normalized
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field, TypeAdapter, ValidationError

from maru_sdk import Model
from maru_sdk._rich import cleaned, shown
from maru_sdk.rich import RichText, html_of, pictures_in, text_of, with_pictures

ATTACKS: list[tuple[str, str]] = json.loads((Path(__file__).parent / "attacks.json").read_text())
BLOCKS = {"p", "h2", "h3", "h4", "ul", "ol", "li", "blockquote", "pre", "hr"}
TABLES = {"table", "thead", "tbody", "tr", "th", "td"}
TAGS = {*BLOCKS, *TABLES, "strong", "em", "u", "s", "code", "sub", "sup", "a", "br"}
ATTRIBUTES = {"a": {"href", "rel"}, "td": {"colspan", "rowspan"}, "th": {"colspan", "rowspan"}}
STARTS = ("https://", "http://", "mailto:", "/", "#")


class Seen(HTMLParser):
    """Whether HTML holds nothing but what it may."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.faults: list[str] = []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in TAGS or not {name for name, _ in attrs} <= ATTRIBUTES.get(tag, set()):
            self.faults.append(str((tag, attrs)))
        self.faults += [v or "" for k, v in attrs if k == "href" and not self.leads(v or "")]

    def leads(self, address: str) -> bool:
        return address.lower().startswith(STARTS) and not address.startswith(("//", "/\\"))

    def handle_comment(self, data: str) -> None:
        self.faults.append(data)

    def handle_decl(self, decl: str) -> None:
        self.faults.append(decl)

    def handle_pi(self, data: str) -> None:
        self.faults.append(data)

    def unknown_decl(self, data: str) -> None:
        self.faults.append(data)


def check(html: str) -> None:
    kept = cleaned(html)
    assert Seen(kept).faults == [], kept
    assert cleaned(kept) == kept
    assert is_normalized("NFC", kept)


def test_there_are_attacks_of_every_kind() -> None:
    assert len(ATTACKS) >= 120
    assert len({kind for kind, _ in ATTACKS}) >= 9


@pytest.mark.parametrize("html", [html for _, html in ATTACKS])
def test_nothing_harmful_is_kept(html: str) -> None:
    check(html)


PIECES = st.sampled_from(
    [f"<{one}>" for one in (*TAGS, "b", "div", "svg", "style", "script", "math", "template")]
    + [f"</{one}>" for one in (*TAGS, "b", "div", "svg", "style", "template")]
    + ["<a href='javascript:x'>", "<a href=/x>", "<p onclick=x>", "<!--", "-->", "\u0338", "&lt;"]
    + ["한글", "\u1112\u1161", " ", "\n", "\n\n", "&#x338;", "<", ">", '"', "\x00", "\u202e"]
)


@given(st.lists(PIECES, max_size=25).map("".join) | st.text(max_size=60))
def test_cleaning_twice_gives_the_same(html: str) -> None:
    check(html)
    assert shown(html) == cleaned(html)


@given(st.text(st.characters(codec="utf-8", categories=["L", "N", "P", "S", "Zs"]), max_size=80))
def test_plain_text_is_kept_to_the_letter(text: str) -> None:
    kept = html_of(text)
    assert cleaned(kept) in (kept.replace("\xa0", "&nbsp;"), "")
    assert text_of(kept).split() == text_of(html_of(text_of(kept))).split()


@pytest.mark.parametrize(
    ("html", "kept"),
    [
        ("안녕\n하세요\n\n둘째 < 문단", "<p>안녕<br>하세요</p><p>둘째 &lt; 문단</p>"),
        ("쓰기는 <b>쉽다</b>\n그렇다", "<p>쓰기는 <strong>쉽다</strong><br>그렇다</p>"),
        ("x <y and z> w", "<p>x &lt;y and z&gt; w</p>"),
        ("<h1>제목</h1><div>글</div>", "<h2>제목</h2><p>글</p>"),
        ("<p>\u1112\u1161\u11ab</p>", "<p>한</p>"),
        ("<p>  </p><p>&nbsp;</p>", ""),
        ("<hr>", "<hr>"),
        ("<a href='javascript:x'>글</a>", "<p>글</p>"),
        ("<td colspan=3>x</td><p>y</p>", "x<p>y</p>"),
        (
            "<p><a href='https://a.b/?x=1&y=2' target=_blank>글</a></p>",
            '<p><a href="https://a.b/?x=1&amp;y=2" rel="noopener nofollow">글</a></p>',
        ),
    ],
)
def test_what_is_kept(html: str, kept: str) -> None:
    assert cleaned(html) == kept


def test_what_it_says() -> None:
    html = cleaned(
        "<h2>안건</h2><p>하나<br>둘 &amp; 셋</p><ul><li><p>가</p></li><li>나<ul><li>다</li></ul>"
        "</li></ul><table><tr><th>월</th><th>화</th></tr><tr><td><p>1</p></td><td>2</td></tr>"
        "</table><pre><code>a\n  b</code></pre><hr><p>끝</p>"
    )
    assert text_of(html) == (
        "안건\n\n하나\n둘 & 셋\n\n- 가\n- 나\n- 다\n\n월\t화\n1\t2\n\na\n  b\n\n끝"
    )
    assert text_of("") == ""


class Letter(Model):
    """A model with rich text."""

    body: RichText = Field("", title="Text", max_length=60)


def test_a_field_takes_clean_html_alone() -> None:
    assert Letter(body="<p onclick=x>글").body == "<p>글</p>"
    with pytest.raises(ValidationError, match="at most 60"):
        Letter(body="&" * 20)
    with pytest.raises(ValidationError, match="at most 1000000"):
        TypeAdapter(RichText).validate_python("<" * 1_000_001)
    schema = Letter.model_json_schema()["properties"]["body"]
    assert schema["contentMediaType"] == "text/html"
    assert schema["maxLength"] == 60


@pytest.mark.parametrize(
    "html",
    [
        "<div>" * 3_000,
        "<p>x</p>" * 2_000 + "<p a='</p>'>",
        "<p>" + "<b></p>" * 2_000,
        '<p title="<">' * 2_000,
    ],
)
def test_what_would_take_long_to_read_is_refused(html: str) -> None:
    with pytest.raises(ValueError, match="nested"):
        cleaned(html)
    assert Seen(shown(html)).faults == []


def test_a_long_text_that_is_tidy_is_read() -> None:
    html = '<p>글 <strong>굵게</strong> <a href="/x" rel="noopener nofollow">길</a></p>' * 1_000
    assert cleaned(html) == html


def test_pictures_become_others() -> None:
    first, second, other = (UUID(int=number) for number in (1, 2, 3))
    html = "".join(
        f'<img src="/api/v1/files/{one}?variant=800" alt="{first}">' for one in (first, second)
    )
    said = with_pictures(f"<p>{first} {html}</p>", {first: other})
    assert pictures_in(said) == [other, second]
    assert f"<p>{first} " in said
