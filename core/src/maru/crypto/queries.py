"""Every statement about data keys and the check value of the secret key."""

from typing import Literal
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from maru.crypto.models import SecretCheck, TenantKey
from maru_sdk import Model
from maru_sdk.db import Query, bindparam, col, select


class KeyRow(Model):
    """A data key as the vault reads it."""

    id: UUID
    sealed: str | None
    sealed_by: str
    state: Literal["active", "retired", "destroyed"]


class Checked(Model):
    """The name of the secret key in use."""

    name: str


KEYS = Query(select(TenantKey.id, TenantKey.sealed, TenantKey.sealed_by, TenantKey.state), KeyRow)
CHECKED = Query(
    select(SecretCheck.name).where(col(SecretCheck.purpose) == bindparam("purpose", type_=sa.Text)),
    Checked,
)

FIRST_KEY = insert(TenantKey).on_conflict_do_nothing(
    index_elements=["tenant_id", "state"], index_where=sa.text("state = 'active'")
)
"""Adds an active key where there is none."""

RETIRE = (
    sa.update(TenantKey)
    .where(col(TenantKey.state) == "active")
    .values(state="retired", retired_at=sa.func.now())
)

DESTROY = (
    sa.update(TenantKey)
    .where(
        col(TenantKey.state) == "retired",
        col(TenantKey.retired_at) < bindparam("before", type_=sa.DateTime(timezone=True)),
        col(TenantKey.id) != sa.all_(bindparam("used", type_=sa.ARRAY(sa.Uuid))),
    )
    .values(state="destroyed", sealed=None)
    .returning(col(TenantKey.id))
)
"""Forgets the keys themselves of those that were retired before then and aren't named."""

SEALED_ANEW = (
    sa.update(TenantKey)
    .where(
        col(TenantKey.id) == bindparam("key", type_=sa.Uuid),
        col(TenantKey.sealed_by) == bindparam("before", type_=sa.Text),
    )
    .values(sealed=bindparam("again", type_=sa.Text), sealed_by=bindparam("by", type_=sa.Text))
)

FIRST_CHECK = insert(SecretCheck).on_conflict_do_nothing(index_elements=["purpose"])

CHECK_ANEW = (
    sa.update(SecretCheck)
    .where(col(SecretCheck.purpose) == bindparam("of", type_=sa.Text))
    .values(name=bindparam("by", type_=sa.Text))
)
