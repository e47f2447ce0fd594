"""The benchmark's own plugin put on a ground: found, migrated, filled, switched on, on every page.

Its eight portlets are what eight plugins would bring: a statement and a list of eight each. The
list must be found as an installed distribution is, so a folder stands in for one.
"""

import os
import sys
from dataclasses import replace
from pathlib import Path

import asyncpg

from bench.ground import Ground
from bench.load import Request
from bench.people import Line, Person
from maru.db.migrate import migrate_async
from maru.plugins.migrated import migrations
from maru.plugins.registry import PluginHost

KEY = "eight"
SOURCE = Path(__file__).parent / KEY
KINDS = ("approvals", "boards", "birthdays", "documents", "events", "links", "news", "tasks")
ITEMS = 8 * len(KINDS)
_LAYOUT = "/api/v1/portal/layout"
# Of what was written on the boards, forty of each kind in each tenant.
_FILL = """
INSERT INTO plugin_eight.item (tenant_id, id, kind, title, place, author_id, published_at)
SELECT tenant_id, id, ($1::text[])[1 + n % 8], title, name, author_id, published_at
  FROM (SELECT p.*, b.name, row_number() OVER (PARTITION BY p.tenant_id ORDER BY p.id) n
          FROM plugin_board.post p
          JOIN plugin_board.board b ON b.tenant_id = p.tenant_id AND b.id = p.board_id) found
 WHERE n <= 320 ON CONFLICT DO NOTHING"""


async def with_plugin(ground: Ground) -> Ground:
    """The ground with the plugin's tables filled; its processes trust the plugin."""
    folder = _distribution(ground.folder)
    for place in (SOURCE, folder):
        sys.path.insert(0, str(place))
    os.environ["PYTHONPATH"] = os.pathsep.join(map(str, (SOURCE, folder)))
    trusted = [*ground.settings.trusted_plugins, KEY]
    settings = ground.settings.model_copy(update={"trusted_plugins": trusted})
    await migrate_async(settings, plugins=migrations(PluginHost.load({}, strict=True)))
    connection = await asyncpg.connect(ground.database_url)
    try:
        await connection.execute(_FILL, list(KINDS))
        await connection.execute("ANALYZE plugin_eight.item")
    finally:
        await connection.close()
    return replace(ground, settings=settings)


def _distribution(folder: Path) -> Path:
    metadata = folder / "installed" / f"maru_{KEY}-1.0.dist-info"
    metadata.mkdir(parents=True, exist_ok=True)
    words = f"Metadata-Version: 2.4\nName: maru-{KEY}\nVersion: 1.0\n"
    (metadata / "METADATA").write_text(f"{words}Requires-Dist: maru-sdk>=1.0\n")
    (metadata / "entry_points.txt").write_text(f"[maru.plugins]\n{KEY} = maru_{KEY}:plugin\n")
    return metadata.parent


def switch_on(line: Line, admin: Person) -> None:
    """Lets a tenant have the plugin."""
    path = f"/api/v1/admin/plugins/{KEY}/enable"
    line.ask(Request(path, {**admin.client, "Content-Type": "application/json"}, "POST"))


def place(line: Line, person: Person) -> None:
    """The eight portlets, two in a row, and no others."""
    layout = line.data(Request(_LAYOUT, person.client))
    boxes = [
        {"portlet_type": f"{KEY}.{kind}", "x": at % 2 * 6, "y": at // 2 * 5, "w": 6, "h": 5}
        for at, kind in enumerate(KINDS)
    ]
    sent = {"version": layout["version"], "portlets": boxes}
    line.data(Request(_LAYOUT, person.client, "PUT"), sent)
