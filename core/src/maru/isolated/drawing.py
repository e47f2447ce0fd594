"""Draws an isolated plugin's templates with core's macros; of a page, what is the plugin's own."""

from collections.abc import Mapping
from typing import Any, Final

from maru.plugins.registry import Installed
from maru.web.frame import variables
from maru.web.languages import Languages
from maru.web.renderer import Renderer
from maru.web.shell import PageShell, ShellTenant, ShellUser
from maru.web.static import Assets
from maru.web.submitted import Form
from maru_sdk import Model

MARK: Final = "csrf-elsewhere"
"""Stands where a token would; the process that shows the page puts the real one in."""

_BETWEEN: Final = "\x1e"
_BASE: Final = (
    '{% import "maru/ui.html" as ui %}{% import "maru/parts.html" as parts %}'
    "{% block title %}{{ shell.title }}{% endblock %}" + _BETWEEN + "{% block content %}"
    "{% endblock %}"
)


class _Renderer(Renderer):
    """A page's frame isn't drawn here: it shows what is none of the plugin's business."""

    def _load(self, name: str) -> str | None:
        return _BASE if name == "maru/base.html" else super()._load(name)


class Drawing:
    """Makes the HTML of one plugin."""

    def __init__(self, installed: Installed, languages: Languages, static_url: str) -> None:
        folders = {}
        if installed.folder is not None and (installed.folder / "templates").is_dir():
            folders = {installed.key: installed.folder / "templates"}
        assets = Assets({}, static_url=static_url)
        self.renderer: Renderer = _Renderer(folders, assets, languages, mark=MARK)

    def fragment(self, template: str, fields: Mapping[str, Any], locale: str, zone: str) -> str:
        """A portlet's HTML."""
        return self.renderer.render(template, fields, locale=locale, zone=zone)

    def page(
        self, template: str, model: Model, ctx: Any, question: Mapping[str, Any]
    ) -> dict[str, Any]:
        """A page's title and content."""
        shown = question.get("form") or {}
        user = ctx.user
        shell = PageShell(
            title=str(question.get("title") or ""),
            locale=ctx.locale,
            tenant=ShellTenant(ctx.tenant.name, ctx.tenant.slug),
            user=None if user is None else ShellUser(user.name, user.username),
            path=question["request"]["path"],
            zone=question["zone"],
        )
        form = Form(shown.get("values") or {}, shown.get("errors") or {}, shown.get("fault") or "")
        given = {**variables(model), "ctx": ctx, "form": form, "shell": shell}
        html = self.renderer.render(template, given, locale=ctx.locale, zone=shell.zone)
        title, _, content = html.partition(_BETWEEN)
        return {"title": title.strip()[:200], "html": content}
