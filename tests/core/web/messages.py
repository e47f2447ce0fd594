"""Finds the texts that core says, so that a test can ask for each one's translation."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TypeGuard

from jinja2 import Environment, nodes

import maru.web

TEMPLATES = Path(maru.web.__file__).parent / "templates"
CORE = TEMPLATES.parents[1]
TITLED = ("Plugin", "page", "portlet")
PLACEHOLDER = re.compile(r"\{\w+\}")


def said_in(source: str) -> Iterator[tuple[str, ...]]:
    """`("Save",)` for t, `("{count} post", "{count} posts")` for tn."""
    for call in Environment(autoescape=True).parse(source).find_all(nodes.Call):
        if not isinstance(call.node, nodes.Name) or call.node.name not in ("t", "tn"):
            continue
        texts = call.args[: 1 if call.node.name == "t" else 2]
        if all(isinstance(text, nodes.Const) for text in texts):
            yield tuple(str(text.value) for text in texts if isinstance(text, nodes.Const))


def _name(call: ast.Call) -> str:
    if isinstance(call.func, ast.Attribute):
        return call.func.attr
    return call.func.id if isinstance(call.func, ast.Name) else ""


def said_by(source: str) -> Iterator[tuple[str, ...]]:
    """What Python says: `ctx.t("…")`, titles of declarations, lines of the navigation."""
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call):
            continue
        texts = call.args[:1] if _name(call) in ("t", "Navigation") else []
        if _name(call) in (*TITLED, "Field"):
            texts = [word.value for word in call.keywords if word.arg == "title"]
        for text in texts:
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield (text.value,)


def refusals_in(source: str) -> Iterator[tuple[str, ...]]:
    """What errors say: `message = "…"` in a class; and the titles and descriptions of
    permissions."""
    for node in ast.walk(ast.parse(source)):
        texts: list[ast.expr] = []
        if isinstance(node, ast.ClassDef):
            texts = [line.value for line in node.body if _is_message(line)]
        elif isinstance(node, ast.Call) and _name(node) == "Permission":
            texts = node.args[1:3]
        for text in texts:
            said = text.value if isinstance(text, ast.Constant) else None
            if isinstance(said, str) and not PLACEHOLDER.fullmatch(said):
                yield (said,)


def _is_message(line: ast.stmt) -> TypeGuard[ast.Assign]:
    targets = line.targets if isinstance(line, ast.Assign) else []
    return any(isinstance(one, ast.Name) and one.id == "message" for one in targets)


def core_messages() -> dict[tuple[str, ...], str]:
    """Every text of core's templates and code, with the file that says it."""
    pages = {file: said_in(file.read_text()) for file in sorted(TEMPLATES.rglob("*.html"))}
    code = {
        file: [*said_by(file.read_text()), *refusals_in(file.read_text())]
        for file in sorted(CORE.rglob("*.py"))
    }
    return {
        texts: file.relative_to(CORE).as_posix()
        for file, found in {**pages, **code}.items()
        for texts in found
    }
