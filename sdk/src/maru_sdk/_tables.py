"""What a model's author would otherwise have to remember about tenants, keys and indexes.

Each top package has a registry and a schema of its own, so two plugins may both have a `Post`.
The metaclass adds the tenant's column, the composite keys and the leading column of each index,
which makes a table that leaks between tenants harder to write than one that does not.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import Enum
from functools import partial
from types import UnionType
from typing import (
    TYPE_CHECKING,
    Any,
    ClassVar,
    Literal,
    Union,
    dataclass_transform,
    get_args,
    get_origin,
)
from uuid import UUID

import sqlalchemy as sa
from pydantic.fields import FieldInfo as PydanticFieldInfo
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import foreign, registry
from sqlalchemy.sql.schema import SchemaItem
from sqlmodel import Field, SQLModel
from sqlmodel._compat import get_relationship_to
from sqlmodel.main import FieldInfo, RelationshipInfo, SQLModelMetaclass
from sqlmodel.sql.sqltypes import AutoString, UTCDateTime

from maru_sdk._encrypted import Encrypted, SealedText
from maru_sdk._ids import uuid7

CORE = "maru"
TENANT = "tenant_id"
NAMES = {
    "pk": "%(table_name)s_pkey",
    "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
    "ix": "%(table_name)s_%(column_0_N_name)s_idx",
    "uq": "%(table_name)s_%(column_0_N_name)s_key",
    "ck": "%(table_name)s_%(constraint_name)s_check",
}
OnDelete = Literal["cascade", "restrict", "set null"]

_registries: dict[str, registry] = {}
_MARK = "maru_reference"


def schema_of(package: str) -> str:
    """Name the schema that the tables of a package live in: `maru_board` → `plugin_board`."""
    if package == CORE:
        return CORE
    if not re.fullmatch(r"maru_[a-z][a-z0-9_]*", package):
        raise TypeError(f"tables belong to a plugin's package maru_<key>, not to {package!r}")
    return f"plugin_{package.removeprefix('maru_')}"


def tables_of(package: str) -> sa.MetaData:
    """Return what a package's models say about its schema; grows as models are imported."""
    return _registry_of(package).metadata


def _registry_of(package: str) -> registry:
    if package not in _registries:
        metadata = sa.MetaData(schema=schema_of(package), naming_convention=NAMES)
        _registries[package] = registry(metadata=metadata)
    return _registries[package]


@dataclass(frozen=True)
class Reference:
    """One column that names a row of another table of the same tenant."""

    table: str
    on_delete: OnDelete
    indexed: bool
    column: str = ""

    def constraint(self, table: str, metadata: sa.MetaData) -> sa.ForeignKeyConstraint:
        target = self._target(metadata)
        return sa.ForeignKeyConstraint(
            [TENANT, self.column],
            [f"{target}.{TENANT}", f"{target}.id"],
            name=f"{table}_{self.column}_fkey",
            ondelete=self._rule(),
        )

    def _rule(self) -> str | None:
        if self.on_delete == "set null":  # of the pair only this column may become NULL
            return f"SET NULL ({self.column})"
        return None if self.on_delete == "restrict" else "CASCADE"

    def _target(self, metadata: sa.MetaData) -> str:
        if "." not in self.table:
            return f"{metadata.schema}.{self.table}"
        if metadata.schema != CORE and self.table not in metadata.tables:
            key = [sa.Column(name, sa.Uuid, primary_key=True) for name in (TENANT, "id")]
            sa.Table(self.table.partition(".")[2], metadata, *key, schema=CORE)
        return self.table


def reference(
    to: type[SQLModel] | str,
    *,
    default: Any = ...,
    on_delete: OnDelete = "cascade",
    index: bool = True,
    **field: Any,
) -> Any:
    """Declare a field that holds the id of a row of `to`, a model (or model's name) of this plugin.

    The database refuses an id that another tenant's row has, or none. `on_delete` says what
    becomes of this row when the other goes; the column is indexed unless `index=False`.
    """
    name = to if isinstance(to, str) else to.__name__
    return _referring(Reference(_snake(name), on_delete, index), default, field)


def person_id(*, default: Any = ..., index: bool = True, **field: Any) -> Any:
    """Declare a field that holds a person's id. People are deleted with their tenant alone."""
    return _referring(Reference("maru.person", "restrict", index), default, field)


def department_id(*, default: Any = ..., index: bool = True, **field: Any) -> Any:
    """Declare a field that holds a department's id; departments go with their tenant alone."""
    return _referring(Reference("maru.department", "restrict", index), default, field)


def _referring(to: Reference, default: Any, field: dict[str, Any]) -> Any:
    extra: dict[str, Any] = {} if default is ... else {"default": default}
    return Field(sa_column_kwargs={"info": {_MARK: to}}, **extra, **field)


@dataclass(frozen=True)
class Index:
    """An index as an author writes it; the tenant's column is put in front of it."""

    columns: tuple[str, ...]
    unique: bool
    where: str | None = None
    name: str | None = None
    nulls_distinct: bool = True
    tenant: bool = True

    def build(self, table: str) -> sa.Index:
        ending = "key" if self.unique else "idx" if self.tenant else "shared_idx"
        name = self.name or "_".join([table, *self.columns, ending])
        where = None if self.where is None else sa.text(self.where)
        lead = (TENANT, *self.columns) if self.tenant else self.columns
        nulls = None if self.nulls_distinct else True
        return sa.Index(
            name,
            *lead,
            unique=self.unique,
            postgresql_where=where,
            postgresql_nulls_not_distinct=nulls,
        )


def index(*columns: str, where: str | None = None, name: str | None = None) -> Any:
    """Index these columns for each tenant: an entry of `__table_args__`."""
    return Index(columns, unique=False, where=where, name=name)


def unique(
    *columns: str,
    where: str | None = None,
    name: str | None = None,
    nulls_distinct: bool = True,
) -> Any:
    """Let these columns together occur once in a tenant: an entry of `__table_args__`.

    With `nulls_distinct=False` two rows that are NULL in a column are equal there.
    """
    return Index(columns, unique=True, where=where, name=name, nulls_distinct=nulls_distinct)


@dataclass_transform(kw_only_default=True, field_specifiers=(Field, FieldInfo, reference))
class OwnTables(SQLModelMetaclass):
    """Maps a `table=True` class into the registry and schema of its top package."""

    def __new__(
        cls,
        name: str,
        bases: tuple[type[Any], ...],
        namespace: dict[str, Any],
        **options: Any,
    ) -> Any:
        if not options.get("table"):
            return super().__new__(cls, name, bases, namespace, **options)
        package = _registry_of(namespace["__module__"].partition(".")[0])
        arguments = namespace.pop("__table_args__", ())
        namespace.setdefault("__tablename__", _snake(name))
        _give_types(namespace)
        model = super().__new__(cls, name, bases, namespace, **options)
        _settle_types(model)
        _join_by_ids(model)
        model._sa_registry = package
        model.metadata = package.metadata
        items = _items(arguments)
        table = str(model.__tablename__)
        built = [item.build(table) if isinstance(item, Index) else item for item in items]
        model.__table_args__ = (_key(model), *_references(model, items), *_choices(model), *built)
        return model


def _key(model: Any) -> sa.PrimaryKeyConstraint:
    if not model.__tenant__:
        return sa.PrimaryKeyConstraint("id")
    default = sa.text("maru.tenant()")
    model.tenant_id = sa.Column(TENANT, sa.Uuid, primary_key=True, server_default=default)
    return sa.PrimaryKeyConstraint(TENANT, "id")


def _give_types(namespace: dict[str, Any]) -> None:
    """Say how to store what SQLModel has no column type for: choices, dictionaries and lists."""
    known = vars(sys.modules.get(namespace["__module__"], sys))
    for name, annotation in namespace.get("__annotations__", {}).items():
        stored = _stored_as(_resolved(annotation, known))
        given = namespace.get(name, ...)
        if stored is None or isinstance(given, RelationshipInfo):
            continue
        if not isinstance(given, FieldInfo):
            given = namespace[name] = Field() if given is ... else Field(default=given)
        if not _chosen(given):
            for mark in _marks(given):
                mark.sa_type = stored


def _resolved(annotation: Any, known: dict[str, Any]) -> Any:
    if not isinstance(annotation, str):
        return annotation
    try:
        return eval(annotation, known)  # noqa: S307  # as typing.get_type_hints does
    except NameError:  # a class that comes later: no column then, but a relationship
        return None


def _stored_as(annotation: Any) -> sa.types.TypeEngine[Any] | None:
    origin = get_origin(annotation)
    if origin in (Union, UnionType):
        parts = [_stored_as(part) for part in get_args(annotation)]
        return next(filter(None, parts), None)
    if origin is Literal:
        return sa.Text()
    if origin is Encrypted:
        return SealedText()
    if origin in (dict, list) or annotation in (dict, list):
        return JSONB(none_as_null=True)
    return None


def _settle_types(model: Any) -> None:
    """Choose the types that PostgreSQL can use an index for under row-level security."""
    for name, field in model.model_fields.items():
        column = model.__dict__.get(name)
        if not isinstance(column, sa.Column):
            continue
        if not _chosen(field):
            column.type = _settled(column.type)
        default = _default(field)
        if default is not None and column.server_default is None:
            sa.DefaultClause(sa.text(default))._set_parent_with_dispatch(column)


def _default(field: PydanticFieldInfo) -> str | None:
    """Give a plain default to the database too: older code inserts without the new column."""
    value = field.default
    if field.default_factory in (dict, list):
        return "'{}'" if field.default_factory is dict else "'[]'"
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, bool | int):
        return str(value).lower()
    return "'" + value.replace("'", "''") + "'" if isinstance(value, str) else None


def _chosen(field: PydanticFieldInfo) -> bool:
    return any(hasattr(mark.sa_type, "compile") for mark in _marks(field))


def _marks(field: PydanticFieldInfo) -> list[Any]:
    """Find what SQLModel keeps about a field's column; pydantic may have rebuilt the field."""
    return [mark for mark in (*field.metadata, field) if hasattr(mark, "sa_type")]


def _settled(found: sa.types.TypeEngine[Any]) -> sa.types.TypeEngine[Any]:
    if isinstance(found, AutoString):
        length = getattr(found.impl_instance, "length", None)
        return sa.Text() if length is None else sa.String(length)
    if isinstance(found, UTCDateTime):
        return sa.DateTime(timezone=True)
    if isinstance(found, sa.Enum) and found.enum_class is not None:
        return sa.Enum(found.enum_class, native_enum=False, values_callable=_values, length=40)
    return sa.BigInteger() if type(found) is sa.Integer else found


def _values(choices: Any) -> list[str]:
    return [str(choice.value) for choice in choices]


def _choices(model: Any) -> Iterator[sa.CheckConstraint]:
    """States are text that the database checks, since an enum's operators can't use an index."""
    for name, field in model.model_fields.items():
        allowed = _allowed(field.annotation)
        if allowed:
            listed = ", ".join("'" + value.replace("'", "''") + "'" for value in allowed)
            yield sa.CheckConstraint(f"{name} IN ({listed})", name=name)


def _allowed(annotation: Any) -> list[str]:
    if get_origin(annotation) in (Union, UnionType):
        found = [_allowed(part) for part in get_args(annotation)]
        return max(found, key=len)
    if get_origin(annotation) is Literal:
        return [str(value) for value in get_args(annotation)]
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _values(annotation)
    return []


def _join_by_ids(model: Any) -> None:
    """Let a relationship write the referring column alone: the tenant is in both keys already."""
    for name, found in model.__sqlmodel_relationships__.items():
        options = dict(found.sa_relationship_kwargs or {})
        if found.sa_relationship is None and found.link_model is None:
            to = get_relationship_to(name, found, model.__annotations__[name])
            options.setdefault("primaryjoin", partial(_joined, model, name, to))
        found.sa_relationship_kwargs = options


def _joined(model: Any, name: str, to: Any) -> sa.ColumnElement[bool]:
    named = {found.class_.__name__: found.local_table for found in model._sa_registry.mappers}
    own, other = model.__table__, named[to if isinstance(to, str) else to.__name__]
    for child, parent in ((own, other), (other, own)):
        for key in child.foreign_key_constraints:
            if key.referred_table is parent and own is not other:
                column = next(part for part in key.columns if part.name != TENANT)
                same = child.c[TENANT] == parent.c[TENANT]
                return sa.and_(same, foreign(column) == parent.c.id)
    raise TypeError(f"{model.__name__}.{name}: no reference leads there from another table")


def _items(arguments: Any) -> tuple[Any, ...]:
    single = isinstance(arguments, (dict, Index, SchemaItem))
    return (arguments,) if single else tuple(arguments)


def _references(model: Any, items: Sequence[Any]) -> Iterator[SchemaItem]:
    table = str(model.__tablename__)
    whole = [item for item in items if isinstance(item, Index) and item.where is None]
    served = {item.columns[0] for item in whole}
    for name in model.model_fields:
        column = model.__dict__.get(name)
        found = column.info.get(_MARK) if isinstance(column, sa.Column) else None
        if found is None:
            continue
        to = replace(found, column=name)
        yield to.constraint(table, model.metadata)
        if to.indexed and name not in served:
            yield Index((name,), unique=False).build(table)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


def _moment(**column: Any) -> Any:
    now = sa.func.now()
    column = {"server_default": now, "nullable": False, **column}
    return Field(default=None, sa_type=sa.DateTime(timezone=True), sa_column_kwargs=column)


class TenantModel(SQLModel, metaclass=OwnTables):
    """A row that belongs to a tenant; subclass it with `table=True`.

    The table is named as the class in snake_case and stands in the plugin's own schema. Its key is
    (tenant_id, id): the database fills `tenant_id` from the scope, authors never write it and no
    dump holds it; `id` is a UUIDv7. `created_at` and `updated_at` are kept by the database.
    """

    if TYPE_CHECKING:
        tenant_id: ClassVar[UUID]
    __tenant__: ClassVar[bool] = True
    __mapper_args__: ClassVar[dict[str, Any]] = {"eager_defaults": True}

    id: UUID = Field(
        default_factory=uuid7, primary_key=True, sa_column_kwargs={"insert_sentinel": True}
    )
    created_at: datetime = _moment()
    updated_at: datetime = _moment(onupdate=sa.func.now())

    def __init__(self, **values: Any) -> None:
        """Make a row of the given fields; an unknown field or a missing one is a TypeError."""
        _check_names(type(self), values)
        super().__init__(**values)


def _check_names(model: type[SQLModel], values: dict[str, Any]) -> None:
    if not model.model_config.get("table"):
        return
    fields = model.model_fields
    unknown = sorted(values.keys() - fields.keys() - model.__sqlmodel_relationships__.keys())
    missing = sorted(name for name in fields.keys() - values.keys() if fields[name].is_required())
    if TENANT in unknown:
        raise TypeError(f"{model.__name__}: {TENANT} is filled by the database")
    if unknown:
        raise TypeError(f"{model.__name__} has no {', '.join(unknown)}")
    if missing:
        raise TypeError(f"{model.__name__} needs {', '.join(missing)}")
