"""Cleans the HTML of plugins that nobody has vouched for, before it stands on our page.

A page of ours acts on attributes: htmx sends requests with the reader's rights, forms carry the
reader's token. So what a stranger draws is written anew from what is known to be harmless: the tags
and attributes that core's macros use, links that lead to pages, and requests and forms that go to
the plugin's own addresses alone.
"""

from collections.abc import Callable, Mapping
from html import escape
from html.parser import HTMLParser
from typing import Final
from urllib.parse import urlsplit

from maru.web.submitted import CSRF_FIELD

LONGEST: Final = 200_000
"""Characters of HTML; the rest is cut."""

_DEEPEST: Final = 200
_SPACE: Final = " "
_VOID: Final = frozenset("br col hr img input wbr use".split(_SPACE))
_TAGS: Final = _VOID | frozenset(
    "a abbr article aside b blockquote button caption cite code colgroup dd del details dfn div"
    " dl dt em fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header i ins kbd label"
    " legend li main mark menu meter nav ol optgroup option output p picture pre progress q rp rt"
    " ruby s samp section select small span strong sub summary sup svg table tbody td textarea"
    " tfoot th thead time tr u ul var dialog".split(_SPACE)
)
_DROPPED: Final = frozenset(
    "script style template noscript iframe object embed math title head xmp noembed noframes"
    " plaintext frameset audio video canvas".split(_SPACE)
)
_ATTRIBUTES: Final = frozenset(
    "abbr alt autocomplete checked class cols colspan command commandfor datetime dir disabled"
    " for headers height hidden high id inputmode label lang loading low max maxlength min"
    " minlength multiple name open optimum pattern placeholder readonly rel required reversed role"
    " rows rowspan scope selected size span start step tabindex title translate value width"
    " accept-charset accept closedby hx-swap hx-ignore popover popovertarget"
    " data-label data-style data-confirm".split(_SPACE)
)
_OWN_ADDRESSES: Final = frozenset({"action", "hx-get", "hx-post"})
_METHODS: Final = frozenset({"get", "post", "dialog"})
_SCHEMES: Final = frozenset({"", "http", "https", "mailto", "tel"})


def cleaned(html: str, word: str, mark: str) -> str:
    """The same without whatever could act in the reader's name.

    `word` is the plugin's URL word. Its forms get `mark`, which stands for the reader's token; the
    plugin never learns it.
    """
    cleaner = _Cleaner(word, mark)
    cleaner.feed(html[:LONGEST])
    cleaner.close()
    return cleaner.written()


class _Cleaner(HTMLParser):
    def __init__(self, word: str, mark: str) -> None:
        super().__init__(convert_charrefs=True)
        # Pages alone: what the API answers isn't cleaned, and htmx puts in whatever comes.
        self._own = (f"/{word}", f"/admin/{word}")
        self._token = f'<input type="hidden" name="{CSRF_FIELD}" value="{escape(mark)}">'
        self._parts: list[str] = []
        self._open: list[str] = []
        self._inside: list[str] = []
        self._special: Mapping[str, Callable[[str, str], str | None]] = {
            **dict.fromkeys(_OWN_ADDRESSES, self._to_own),
            "href": self._link,
            "src": self._picture,
            "hx-target": self._target,
            "method": self._method,
            "type": self._type,
            "hx-trigger": self._trigger,
        }

    def written(self) -> str:
        """What has been let through, with every tag closed."""
        return "".join([*self._parts, *(f"</{tag}>" for tag in reversed(self._open))])

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _DROPPED:
            self._inside.append(tag)
        if self._inside or tag not in _TAGS or len(self._open) >= _DEEPEST:
            return
        given = {name: (value or "").lower() for name, value in attrs}
        if given.get("name") == CSRF_FIELD:
            return
        kept = "".join(self._attribute(tag, name, value) for name, value in attrs)
        if tag == "form" and "action" not in given:
            kept += f' action="{self._own[0]}"'
        self._parts.append(f"<{tag}{kept}>")
        if tag == "form" and given.get("method") == "post":
            self._parts.append(self._token)
        if tag == "use":
            self._parts.append("</use>")
        elif tag not in _VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in _VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self._inside:
            if tag == self._inside[-1]:
                self._inside.pop()
            return
        if tag in self._open:
            while (last := self._open.pop()) != tag:
                self._parts.append(f"</{last}>")
            self._parts.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        if not self._inside:
            self._parts.append(escape(data, quote=False))

    def _attribute(self, tag: str, name: str, value: str | None) -> str:
        text = value or ""
        special = self._special.get(name)
        if tag == "svg" or tag == "use":
            special = self._icon if name == "href" else None
        said: str | None = None
        if special is not None:
            said = special(tag, text)
        elif name in _ATTRIBUTES or name.startswith("aria-"):
            said = text
        if said is None:
            return ""
        return f" {name}" if value is None else f' {name}="{escape(said)}"'

    def _to_own(self, _: str, value: str) -> str | None:
        """An address of the plugin's own, else nothing that could be sent."""
        path = value.split("?")[0].split("#")[0]
        plain = path.isascii() and "\\" not in path and "%" not in path and ".." not in path
        if plain and any(path == own or path.startswith(f"{own}/") for own in self._own):
            return value
        return self._own[0]

    def _link(self, tag: str, value: str) -> str | None:
        if tag != "a" or any(ord(letter) < 33 for letter in value):
            return None
        try:
            return value if urlsplit(value).scheme.lower() in _SCHEMES else None
        except ValueError:
            return None

    def _icon(self, _: str, value: str) -> str | None:
        return value if value.startswith("/static/") and ".." not in value else None

    def _picture(self, tag: str, value: str) -> str | None:
        own = value.startswith("/") and not value.startswith("//") and "\\" not in value
        return value if tag == "img" and own and "/api/" not in value else None

    def _target(self, _: str, value: str) -> str | None:
        return value if value == "this" or value.startswith(("closest ", "find ")) else "this"

    def _type(self, _: str, value: str) -> str | None:
        """No field of a stranger's looks as if a password belonged there."""
        return None if value.lower() == "password" else value

    def _trigger(self, _: str, value: str) -> str | None:
        """Without filters, which are script."""
        return None if "[" in value else value

    def _method(self, _: str, value: str) -> str | None:
        return value if value.lower() in _METHODS else None
