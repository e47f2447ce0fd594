"""The statements of the watch, as `maru_system`, and of the page, as `maru_app`."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

DEAD = sa.text("SELECT count(*) FROM maru.job WHERE state = 'dead'")

KEPT = sa.text("SELECT name, state, value, since, told_at FROM maru.alert")

ALL = sa.text(
    """
    SELECT name, rule, state, value, since, told_at, fault, updated_at FROM maru.alert
     ORDER BY name
    """
)

KEEP = sa.text(
    """
    INSERT INTO maru.alert (id, name, rule, state, value, since, told_at, fault)
    SELECT (r->>'id')::uuid, r->>'name', r->'rule', r->>'state', (r->>'value')::double precision,
           (r->>'since')::timestamptz, (r->>'told_at')::timestamptz, r->>'fault'
      FROM jsonb_array_elements(:rows) AS r
    ON CONFLICT (name) DO UPDATE SET rule = excluded.rule, state = excluded.state,
      value = excluded.value, since = excluded.since, told_at = excluded.told_at,
      fault = excluded.fault, updated_at = now()
    """
).bindparams(sa.bindparam("rows", type_=JSONB))

FORGET = sa.text("DELETE FROM maru.alert WHERE name != ALL(:names)").bindparams(
    sa.bindparam("names", type_=sa.ARRAY(sa.Text))
)
