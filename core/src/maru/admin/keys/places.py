"""Where sealed texts stand: found by the tables that the installed plugins and core declare."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

import sqlalchemy as sa

from maru.db.encrypted import fixed_place, is_sealed
from maru.db.roles import plugin_schema
from maru.db.unit import Unit
from maru.plugins.registry import PluginHost
from maru.plugins.secret_settings import SEALED, about, sealed_in
from maru.tenancy.models import Setting
from maru_sdk._encrypted import SealedText, place
from maru_sdk.db import tables_of

BATCH = 200
FIRST = UUID(int=0)

_THERE = sa.text(
    "SELECT count(*) = 3 FROM pg_attribute WHERE attrelid = to_regclass(:table)"
    " AND NOT attisdropped AND (attname, atttypid) IN ((:column, 'text'::regtype),"
    " ('id', 'uuid'::regtype), ('updated_at', 'timestamptz'::regtype))"
)


@dataclass(frozen=True, slots=True)
class Found:
    """The sealed texts of one row, by what each is bound to."""

    row: UUID
    texts: Mapping[str, str]


class Place(Protocol):
    """A table with sealed texts."""

    @property
    def name(self) -> str: ...

    async def batch(self, unit: Unit, after: UUID) -> tuple[list[Found], UUID | None]:
        """The next rows that hold some, and the id to go on after; None at the end."""
        ...

    async def replace(self, unit: Unit, found: Found, texts: Mapping[str, str]) -> bool:
        """Writes a row's texts, unless somebody else has changed them meanwhile."""
        ...


class Column:
    """A column that holds one sealed text a row."""

    def __init__(self, column: sa.Column[Any]) -> None:
        table = column.table
        assert isinstance(table, sa.Table)
        self.table, self.column = table, column
        self.name = f"{table.fullname}.{column.name}"
        self._text = sa.type_coerce(column, sa.Text)

    async def is_there(self, unit: Unit) -> bool:
        """Whether its migration has run."""
        given = {"table": self.table.fullname, "column": self.column.name}
        return bool((await unit.db.execute(_THERE, given)).scalar())

    async def batch(self, unit: Unit, after: UUID) -> tuple[list[Found], UUID | None]:
        """See `Place`."""
        id_ = self.table.c.id
        asked = sa.select(id_, self._text).where(id_ > after).order_by(id_).limit(BATCH)
        rows = (await unit.db.execute(asked)).all()
        found = [Found(row, {self._place(row): text}) for row, text in rows if text is not None]
        return found, rows[-1][0] if len(rows) == BATCH else None

    async def replace(self, unit: Unit, found: Found, texts: Mapping[str, str]) -> bool:
        """See `Place`."""
        bound = self._place(found.row)
        change = (
            sa.update(self.table)
            .where(self.table.c.id == found.row, self._text == found.texts[bound])
            .values({self.column: sa.type_coerce(sa.literal(texts[bound]), sa.Text)})
            .values(updated_at=self.table.c.updated_at)
        )
        result: Any = await unit.db.execute(change)
        return bool(result.rowcount)

    def _place(self, row: UUID) -> str:
        return fixed_place(self.column) or place(self.table.fullname, row, self.column.name)


class Documents:
    """The secrets among the settings of all plugins."""

    name = "maru.setting.content"
    table = Setting.__table__  # type: ignore[attr-defined]

    async def batch(self, unit: Unit, after: UUID) -> tuple[list[Found], UUID | None]:
        """See `Place`."""
        columns = self.table.c
        asked = sa.select(columns.id, columns.plugin, columns.content).where(columns.id > after)
        rows = (await unit.db.execute(asked.order_by(columns.id).limit(BATCH))).all()
        found = [Found(row, self._texts(plugin, content)) for row, plugin, content in rows]
        return [one for one in found if one.texts], rows[-1][0] if len(rows) == BATCH else None

    async def replace(self, unit: Unit, found: Found, texts: Mapping[str, str]) -> bool:
        """See `Place`."""
        columns = self.table.c
        asked = sa.select(columns.plugin, columns.content).where(columns.id == found.row)
        row = (await unit.db.execute(asked.with_for_update())).one_or_none()
        if row is None or self._texts(*row) != found.texts:
            return False
        own = {about(row.plugin, name): name for name, _ in sealed_in(row.content)}
        again = {own[bound]: {SEALED: text} for bound, text in texts.items()}
        change = sa.update(self.table).where(columns.id == found.row)
        await unit.db.execute(
            change.values(content=row.content | again, updated_at=columns.updated_at)
        )
        return True

    def _texts(self, plugin: str, content: dict[str, Any]) -> dict[str, str]:
        return {about(plugin, name): text for name, text in sealed_in(content)}


async def places_of(unit: Unit, host: PluginHost) -> list[Place]:
    """Every place of this installation whose tables are there."""
    return [Documents(), *[one for one in _columns(host) if await one.is_there(unit)]]


def _columns(host: PluginHost) -> Iterator[Column]:
    packages = {one.package for one in host.installed.values() if not one.core and not one.isolated}
    for package in ("maru", *sorted(packages)):
        for table in tables_of(package.partition(".")[0]).sorted_tables:
            yield from (Column(column) for column in table.columns if is_sealed(column))
    for installed in host.installed.values():
        if installed.described is not None:
            yield from (_described(installed.key, one) for one in installed.described.sealed)


def _described(key: str, said: str) -> Column:
    """A column of an isolated plugin's, whose models are known elsewhere."""
    table, _, name = said.partition(".")
    types: dict[str, Any] = {
        "id": sa.Uuid,
        "updated_at": sa.DateTime(timezone=True),
        name: SealedText,
    }
    columns = [sa.Column(each, kind) for each, kind in types.items()]
    rows = sa.Table(table, sa.MetaData(schema=plugin_schema(key)), *columns)
    return Column(rows.c[name])
