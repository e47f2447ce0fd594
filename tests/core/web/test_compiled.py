"""Templates compiled to less work have the outcome of Jinja's own."""

from collections.abc import Callable

import pytest
from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

from maru.web.compiled import LeanCode, LeanContext, LeanTemplate, escaped


class Lean(Environment):
    """As the renderer's is."""

    code_generator_class = LeanCode
    context_class = LeanContext
    template_class = LeanTemplate
    escaped = staticmethod(escaped)


USING = "{% import 'parts' as p %}"
PARTS = """
{% macro tag(label, href="#", kind="") %}<a href="{{ href }}">{{ label }}{{ kind }}{% endmacro %}
{% macro box(title) %}<div>{{ title }}{{ caller() }}</div>{% endmacro %}
{% macro many() %}{{ varargs|join(",") }}{{ kwargs|dictsort|join(",") }}{% endmacro %}
{% macro shown() %}{{ "seen" if caller is defined else "alone" }}{% endmacro %}
"""
TEXTS = {
    "escaped": "{{ text }}|{{ safe }}|{{ number }}|{{ none }}|{{ text|upper }}|{{ [text] }}",
    "an attribute": '<p title="{{ text }}">{{ text|safe }}</p>',
    "set": "{% set made %}<b>{{ text }}</b>{% endset %}{{ made }}",
    "a macro": USING + "{{ p.tag(text) }}{{ p.tag(text, text, kind=text) }}",
    "a macro's own defaults": USING + "{{ p.tag(label=text) }}{{ p.tag(1, 2) }}",
    "a block of the caller's": USING + "{% call p.box(text) %}{{ text }}{% endcall %}",
    "whatever is given": USING + "{{ p.many(1, text, a=text) }}{{ p.shown() }}",
    "in a loop": USING + "{% for i in (1, 2) %}{{ p.tag(i) }}{{ call(i) }}{% endfor %}",
    "an object that is called": "{{ thing(text) }}{{ text.replace('<', '(') }}{{ range(3)|list }}",
    "joined": "{{ text ~ safe }}{{ safe ~ text }}{{ safe + text }}",
}


class Thing:
    def __call__(self, text: str) -> Markup:
        return Markup("<i>") + text


def drawn(kind: type[Environment], text: str) -> str:
    sources = {"page": text, "parts": PARTS}
    environment = kind(loader=DictLoader(sources), autoescape=True, undefined=StrictUndefined)
    call: Callable[[object], str] = lambda given: f"<{given}>"  # noqa: E731
    given = {"text": "<a & 'b' \"c\">", "safe": Markup("<b>"), "number": 3.5, "none": None}
    return environment.get_template("page").render(given, thing=Thing(), call=call)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_the_outcome_is_that_of_jinja(text: str) -> None:
    assert drawn(Lean, text) == drawn(Environment, text)


@pytest.mark.parametrize("call", ["tag()", "tag(1, 2, 3, 4)", "tag(1, a=2)", "tag(1, label=2)"])
def test_wrong_arguments_are_refused_like_there(call: str) -> None:
    text = f"{USING}{{{{ p.{call} }}}}"
    with pytest.raises(Exception) as theirs:  # noqa: PT011
        drawn(Environment, text)
    with pytest.raises(theirs.type):
        drawn(Lean, text)
