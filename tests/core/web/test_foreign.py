"""HTML of strangers: what is harmless stays as it is, what could act is gone."""

import pytest

from maru.web.foreign import LONGEST, cleaned

MARK = "csrf-mark"


def clean(html: str) -> str:
    return cleaned(html, "lunch", MARK)


@pytest.mark.parametrize(
    "html",
    [
        "<ul>\n  <li>비빔밥</li>\n</ul>\n",
        '<p class="note" id="a" data-label="x" aria-label="y">1 &lt; 2 &amp; 3</p>',
        '<a href="/board/1?page=2#x">there</a><a href="https://example.org/">out</a>',
        '<svg class="icon" aria-hidden="true"><use href="/static/icons.svg#bell"></use></svg>',
        '<img src="/static/lunch/a.png" alt="">',
        '<table class="table"><tbody><tr><td colspan="2">x</td></tr></tbody></table>',
        '<div hx-get="/lunch/part" hx-trigger="load delay:0ms" hx-swap="innerHTML"></div>',
        '<form action="/lunch/find"><input name="q" required></form>',
    ],
)
def test_what_is_harmless_stays(html: str) -> None:
    assert clean(html) == html


@pytest.mark.parametrize(
    "html",
    [
        "<script>evil()</script>",
        "<script><script>evil()</script>",
        "<style>@import 'evil'</style>",
        '<img src=x onerror="evil()">',
        '<img src="//evil.example/x">',
        '<img src="/api/v1/evil">',
        "<svg><script>evil()</script></svg>",
        '<svg onload="evil()"></svg>',
        '<svg><use href="data:image/svg+xml,evil"></use></svg>',
        '<math><mi xlink:href="javascript:evil()"></mi></math>',
        '<a href="javascript:evil()">x</a>',
        '<a href=" javascript:evil()">x</a>',
        '<a href="java\tscript:evil()">x</a>',
        '<a href="data:text/html,evil">x</a>',
        '<iframe src="/evil"></iframe>',
        '<object data="/evil"></object><embed src="/evil">',
        '<base href="//evil">',
        '<meta http-equiv="refresh" content="0;url=//evil">',
        '<link rel="stylesheet" href="/evil.css">',
        '<div style="background:url(//evil)"></div>',
        '<div hx-get="/api/v1/evil" hx-trigger="load"></div>',
        '<div hx-post="/evil" hx-trigger="load"></div>',
        '<div hx-get="/lunch/../evil"></div>',
        '<div hx-get="/lunch/%2e%2e/evil"></div>',
        '<div hx-get="/lunch\\..\\evil"></div>',
        '<div hx-get="/lunchevil"></div>',
        '<div hx-delete="/evil"></div>',
        '<div data-hx-get="/evil"></div>',
        '<div hx-on:click="evil()"></div>',
        '<div hx-vals="js:{a: evil()}"></div>',
        "<div hx-headers='{\"evil\": 1}'></div>",
        '<div hx-trigger="click[evil()]" hx-get="/lunch/"></div>',
        '<div hx-swap-oob="true" id="evil-free"><!-- evil --></div>',
        '<form method="post" action="/evil"></form>',
        '<form method="post" action="//evil"></form>',
        '<form action="/lunch/"><button formaction="/evil">x</button></form>',
        '<form action="/lunch/"><input type="image" src="/api/evil"></form>',
        "<!--<img src=x onerror=evil()>-->",
        "<![CDATA[evil]]>",
        '<textarea></textarea><noscript><p title="</noscript><img src=x onerror=evil()>">',
        '<template><div hx-get="/evil"></div></template>',
        "<xmp><p evil></xmp>",
    ],
)
def test_what_acts_is_gone(html: str) -> None:
    assert "evil" not in clean(html).replace("evil-free", "")


def test_forms_of_its_own_get_the_token_and_no_others() -> None:
    token = f'<input type="hidden" name="_csrf" value="{MARK}">'
    assert clean('<form method="post" action="/lunch/eat"></form>').count(token) == 1
    assert MARK not in clean('<form action="/lunch/eat"></form>')
    assert MARK not in clean('<form method="get" action="/lunch/eat"></form>')
    own = '<form method="post" action="/lunch/"><input name="_csrf" value="guess"></form>'
    assert "guess" not in clean(own)
    led_away = clean('<form method="post" action="/admin/plugins"></form>')
    assert 'action="/lunch"' in led_away


def test_no_field_for_passwords() -> None:
    assert "password" not in clean('<input type="password"><input type="PassWord">')


def test_text_and_attributes_are_escaped_again() -> None:
    assert clean("<p title='\"><b>'>&lt;b&gt; &amp;amp;</p>") == (
        '<p title="&quot;&gt;&lt;b&gt;">&lt;b&gt; &amp;amp;</p>'
    )


def test_every_tag_is_closed_and_none_closes_ours() -> None:
    assert clean("<div><p>x") == "<div><p>x</p></div>"
    assert clean("</section></main></body>x") == "x"
    assert clean("<b><i>x</b>y</i>") == "<b><i>x</i></b>y"
    deep = clean("<div>" * 5_000 + "x")
    assert deep.count("<div>") == deep.count("</div>") == 200


def test_it_is_bounded() -> None:
    assert len(clean("x" * (LONGEST * 3))) == LONGEST
