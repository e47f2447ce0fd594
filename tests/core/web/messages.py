"""Finds the texts that core's templates say, so that a test can ask for each one's translation."""

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, nodes

import maru.web

TEMPLATES = Path(maru.web.__file__).parent / "templates"


def said_in(source: str) -> Iterator[tuple[str, ...]]:
    """`("Save",)` for t, `("{count} post", "{count} posts")` for tn."""
    for call in Environment(autoescape=True).parse(source).find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name not in ("t", "tn"):
            continue
        texts = call.args[: 1 if call.node.name == "t" else 2]
        if all(isinstance(text, nodes.Const) for text in texts):
            yield tuple(str(text.value) for text in texts if isinstance(text, nodes.Const))


def core_messages() -> dict[tuple[str, ...], str]:
    """Every text of core's templates, with the template that says it."""
    return {
        texts: file.relative_to(TEMPLATES).as_posix()
        for file in sorted(TEMPLATES.rglob("*.html"))
        for texts in said_in(file.read_text())
    }
