"""What the portal reads."""

from typing import Any

from maru.portal.models import Layout
from maru_sdk import Model
from maru_sdk.db import Query, bindparam, col, select


class LayerRow(Model):
    """One layer of a layout as it is stored."""

    differences: dict[str, Any]


LAYER = Query(
    select(col(Layout.differences)).where(
        col(Layout.owner_kind) == bindparam("owner_kind"),
        col(Layout.owner_id) == bindparam("owner_id"),
    ),
    row=LayerRow,
)
