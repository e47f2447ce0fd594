"""Checks of what lies in a plugin's package beside its declarations: templates, tables,
migrations."""

from collections.abc import Iterator
from pathlib import Path

from jinja2 import Environment, TemplateSyntaxError
from sqlmodel import SQLModel

from maru_sdk import Plugin
from maru_sdk.db import TenantModel, tables_of


def template_faults(plugin: Plugin, folder: Path | None) -> Iterator[str]:
    """Pages and portlets whose template is missing or can't be read."""
    for kind in ("pages", "admin_pages", "portlets"):
        for one in plugin.declared(kind):
            template = getattr(one, "template", None)
            if template is None:
                continue
            if folder is None or not (folder / template).is_file():
                file = _shown(folder, template)
                yield f"{one.name} has no template {template!r}; make the file {file}."
            elif fault := _unreadable(folder / template):
                yield f"{one.name}'s template {template!r} can't be read: {fault}."


def _shown(folder: Path | None, template: str) -> str:
    return template if folder is None else f"{folder.parent.name}/{folder.name}/{template}"


def _unreadable(file: Path) -> str | None:
    try:
        Environment(autoescape=True).parse(file.read_text(encoding="utf-8"))
    except TemplateSyntaxError as fault:
        return f"line {fault.lineno}: {(fault.message or '').rstrip('.')}"
    except UnicodeDecodeError:
        return "it is not UTF-8"
    return None


def table_faults(plugin: Plugin, package: str, folder: Path | None) -> Iterator[str]:
    """Tables that are no tenant's, tables without migrations, migrations without a folder."""
    for name in _loose_tables(package):
        yield f"The table {name} is no TenantModel; subclass that of maru_sdk.db, not SQLModel."
    tables = sorted(table.name for table in tables_of(package).tables.values())
    if plugin.migrations is not None:
        migrations = folder and folder / plugin.migrations
        if not migrations or not migrations.is_dir():
            yield f"Its migrations folder {plugin.migrations!r} doesn't exist."
    elif tables:
        yield (
            f"It has tables ({', '.join(tables[:5])}) but no migrations;"
            " write Plugin(migrations='migrations') and the folder with the first one."
        )


def _loose_tables(package: str) -> Iterator[str]:
    for mapper in SQLModel._sa_registry.mappers:
        model = mapper.class_
        ours = model.__module__.partition(".")[0] == package
        if ours and not issubclass(model, TenantModel):
            yield model.__name__
