"""What the last `maru migrate` could not do, kept where every role may read it without a grant: in
the comment of core's schema."""

import json
from collections.abc import Mapping

import sqlalchemy as sa
from sqlalchemy import Connection

from maru.db.named import SCHEMA
from maru.db.roles import run

_LONGEST = 1_000
_COMMENT = sa.text("SELECT obj_description(to_regnamespace(:schema), 'pg_namespace')")
# Every process must look again: what it held to be unmigrated may be there now.
_SIGNAL = "INSERT INTO maru.signal (id, kind, key) VALUES (gen_random_uuid(), 'plugin', '')"


def keep_failures(connection: Connection, failures: Mapping[str, str]) -> None:
    """Puts the failures in place of those before, and tells every process."""
    kept = {key: reason[:_LONGEST] for key, reason in failures.items()}
    text = json.dumps({"not migrated": kept}).replace("'", "''")
    run(connection, f"COMMENT ON SCHEMA {SCHEMA} IS '{text}'")
    run(connection, _SIGNAL)


def kept_failures(connection: Connection) -> dict[str, str]:
    """The plugins whose migration failed last time, each with the reason."""
    text = connection.execute(_COMMENT, {"schema": SCHEMA}).scalar()
    try:
        kept = json.loads(text or "{}")["not migrated"]
    except (ValueError, LookupError, TypeError):
        return {}
    return {str(key): str(reason) for key, reason in dict(kept).items()}
