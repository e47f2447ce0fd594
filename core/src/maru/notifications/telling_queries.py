"""The statements that tell people: who is meant, of those who may know it, each once."""

from typing import Any, Final
from uuid import UUID

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

_IDS: Final = sa.ARRAY(sa.Uuid())
_TYPES: Final[dict[str, Any]] = {
    "people": _IDS,
    "departments": _IDS,
    "without": _IDS,
    "roles": sa.ARRAY(sa.Text()),
    "everyone": sa.Boolean(),
    "after": sa.Uuid(),
    "most": sa.Integer(),
    "notice": sa.Uuid(),
    "kind": sa.Text(),
    "bundle": sa.Text(),
    "needs": sa.Text(),
    "resource": sa.Text(),
    "department": sa.Uuid(),
    "in_app": sa.Text(),
    "email": sa.Text(),
    "mails": sa.Boolean(),
    "always": sa.Boolean(),
}
FIRST: Final = UUID(int=0)

_AUDIENCE: Final = """
    WITH RECURSIVE given(kind, id) AS (
        SELECT g.subject_kind, g.subject_id
          FROM maru.role r
          JOIN maru.role_grant g ON g.tenant_id = r.tenant_id AND g.role_id = r.id
         WHERE r.tenant_id = maru.tenant() AND r.key = ANY (:roles)
           AND g.subject_kind IN ('department', 'group')
           AND g.scope_id IS NULL AND g.resource IS NULL AND coalesce(g.until > now(), true)
    ), below(id) AS (
        SELECT asked FROM unnest(:departments) AS asked
        UNION
        SELECT given.id FROM given WHERE given.kind = 'department'
        UNION
        SELECT d.id
          FROM below
          JOIN maru.department d ON d.tenant_id = maru.tenant() AND d.parent_id = below.id
    ), circle(id) AS (
        SELECT given.id FROM given WHERE given.kind = 'group'
        UNION
        SELECT n.inner_id
          FROM circle
          JOIN maru.group_nesting n ON n.tenant_id = maru.tenant() AND n.outer_id = circle.id
    ), meant(id) AS (
        SELECT asked FROM unnest(:people) AS asked
        UNION
        SELECT p.id
          FROM below
          JOIN maru.person p ON p.tenant_id = maru.tenant() AND p.department_id = below.id
        UNION
        SELECT k.person_id
          FROM below JOIN maru.post k ON k.tenant_id = maru.tenant() AND k.department_id = below.id
        UNION
        SELECT m.person_id
          FROM circle JOIN maru.group_member m ON m.tenant_id = maru.tenant()
           AND m.group_id = circle.id
        UNION
        SELECT g.subject_id
          FROM maru.role r
          JOIN maru.role_grant g ON g.tenant_id = r.tenant_id AND g.role_id = r.id
         WHERE r.tenant_id = maru.tenant() AND r.key = ANY (:roles)
           AND g.subject_kind = 'person' AND g.subject_id > :after
           AND g.scope_id IS NULL AND g.resource IS NULL AND coalesce(g.until > now(), true)
        UNION
        SELECT d.manager_id
          FROM maru.department d
         WHERE 'manager' = ANY (:roles) AND d.tenant_id = maru.tenant()
           AND d.manager_id IS NOT NULL
        UNION
        (SELECT p.id FROM maru.person p
          WHERE :everyone AND p.tenant_id = maru.tenant() AND p.id > :after
            AND p.id <> ALL (:without)
          ORDER BY p.id LIMIT :most)
    ), chosen(id) AS MATERIALIZED (
        SELECT meant.id FROM meant
         WHERE meant.id > :after AND meant.id <> ALL (:without)
         ORDER BY meant.id LIMIT :most
    )
"""
"""The next of those who are meant, in the order of their ids."""

_RIGHTS: Final = """
    , permitting(id, key) AS (
        SELECT r.id, r.key
          FROM maru.role r
          JOIN maru.role_permission q ON q.tenant_id = r.tenant_id AND q.role_id = r.id
         WHERE r.tenant_id = maru.tenant() AND q.permission = :needs
    ), place(id, parent_id) AS (
        SELECT d.id, d.parent_id FROM maru.department d
         WHERE d.tenant_id = maru.tenant() AND d.id = :department
        UNION
        SELECT d.id, d.parent_id
          FROM place
          JOIN maru.department d ON d.tenant_id = maru.tenant() AND d.id = place.parent_id
    ), shut(yes) AS (
        SELECT EXISTS (SELECT FROM maru.private_resource
                        WHERE tenant_id = maru.tenant() AND resource = :resource)
    ), opened(kind, id) AS (
        SELECT g.subject_kind, g.subject_id
          FROM permitting q
          JOIN maru.role_grant g ON g.tenant_id = maru.tenant() AND g.role_id = q.id
         WHERE g.subject_kind IN ('department', 'group') AND {holds}
    ), open_below(id) AS (
        SELECT opened.id FROM opened WHERE opened.kind = 'department'
        UNION
        SELECT d.id
          FROM open_below
          JOIN maru.department d ON d.tenant_id = maru.tenant() AND d.parent_id = open_below.id
    ), open_circle(id) AS (
        SELECT opened.id FROM opened WHERE opened.kind = 'group'
        UNION
        SELECT n.inner_id
          FROM open_circle
          JOIN maru.group_nesting n ON n.tenant_id = maru.tenant() AND n.outer_id = open_circle.id
    )
"""
_HOLDS: Final = """
    coalesce(g.until > now(), true)
    AND (g.resource = :resource
         OR (g.resource IS NULL
             AND (g.scope_id IS NULL OR g.scope_id IN (SELECT place.id FROM place))
             AND (NOT (SELECT shut.yes FROM shut) OR (q.key = 'admin' AND g.scope_id IS NULL))))
"""
_MAY: Final = """
    AND (EXISTS (SELECT FROM permitting q
                   JOIN maru.role_grant g ON g.tenant_id = maru.tenant() AND g.role_id = q.id
                    AND g.subject_kind = 'person' AND g.subject_id = p.id
                  WHERE {holds})
         OR p.department_id IN (SELECT open_below.id FROM open_below)
         OR EXISTS (SELECT FROM maru.post k
                     WHERE k.tenant_id = maru.tenant() AND k.person_id = p.id
                       AND k.department_id IN (SELECT open_below.id FROM open_below))
         OR EXISTS (SELECT FROM maru.group_member m
                     WHERE m.tenant_id = maru.tenant() AND m.person_id = p.id
                       AND m.group_id IN (SELECT open_circle.id FROM open_circle))
         OR (EXISTS (SELECT FROM permitting q WHERE q.key = 'manager')
             AND NOT (SELECT shut.yes FROM shut)
             AND EXISTS (SELECT FROM place
                           JOIN maru.department d ON d.tenant_id = maru.tenant()
                            AND d.id = place.id AND d.manager_id = p.id)))
"""
"""What `maru.access` compiles for one person, asked of many: everywhere, for the thing itself, or
for its department; of a private thing, by name or as an administrator."""

_TELL: Final = """
    , told AS (
        INSERT INTO maru.notification (id, person_id, notice_id, kind, bundle, folded, mail)
        SELECT gen_random_uuid(), p.id, :notice, :kind, :bundle,
               coalesce(own.in_app, :in_app) = 'off',
               CASE WHEN :mails AND p.email IS NOT NULL
                    THEN nullif(coalesce(own.email, :email), 'off') END
          FROM chosen c
          JOIN maru.person p ON p.tenant_id = maru.tenant() AND p.id = c.id
          LEFT JOIN LATERAL (
            SELECT max(o.how) FILTER (WHERE o.channel = 'in_app') AS in_app,
                   max(o.how) FILTER (WHERE o.channel = 'email') AS email
              FROM maru.notification_choice o
             WHERE o.tenant_id = maru.tenant() AND o.person_id = p.id AND o.kind = :kind
               AND NOT :always
          ) own ON true
         WHERE p.state = 'active' {may}
        ON CONFLICT (tenant_id, notice_id, person_id) DO NOTHING
        RETURNING person_id, folded, mail
    )
    SELECT (SELECT chosen.id FROM chosen ORDER BY chosen.id DESC LIMIT 1) AS last,
           (SELECT count(*) FROM chosen) AS looked,
           (SELECT count(*) FROM told) AS told,
           (SELECT coalesce(array_agg(told.person_id), '{{}}') FROM told
             WHERE NOT told.folded) AS people,
           (SELECT coalesce(bool_or(told.mail = 'now'), false) FROM told) AS mails
"""


def _text(sql: str) -> sa.TextClause:
    text = sa.text(sql)
    return text.bindparams(
        *(sa.bindparam(name, type_=_TYPES[name]) for name in text._bindparams if name in _TYPES)
    )


TELL: Final = _text(_AUDIENCE + _TELL.format(may=""))
TELL_THOSE_WHO_MAY: Final = _text(
    _AUDIENCE + _RIGHTS.format(holds=_HOLDS) + _TELL.format(may=_MAY.format(holds=_HOLDS))
)

NOTICE: Final = sa.text(
    """
    INSERT INTO maru.notice (id, kind, key, value, bundle, actor_id, resource, department_id)
    VALUES (:id, :kind, :key, :value, :bundle, :actor, :resource, :department)
    ON CONFLICT (tenant_id, kind, key) DO NOTHING
    RETURNING id
    """
).bindparams(
    sa.bindparam("id", type_=sa.Uuid()),
    sa.bindparam("value", type_=JSONB()),
    sa.bindparam("actor", type_=sa.Uuid()),
    sa.bindparam("department", type_=sa.Uuid()),
)
DEFAULTS: Final = sa.text(
    "SELECT channel, how FROM maru.notification_choice WHERE person_id IS NULL AND kind = :kind"
)
"""What the company has for a kind."""

KNOWN: Final = sa.text("SELECT id FROM maru.notice WHERE kind = :kind AND key = :key").columns(
    id=sa.Uuid()
)

ALONE: Final = sa.text(
    "SELECT pg_advisory_xact_lock(hashtextextended("
    "'notice ' || maru.tenant() || ' ' || CAST(:kind AS text) || ' ' || CAST(:bundle AS text), 0))"
)
"""Those who tell of one bundle do so one after the other: two would both count the same unread
ones, and neither the other."""

FOLD: Final = _text(
    """
    WITH before AS (
        UPDATE maru.notification n
           SET folded = true, updated_at = now()
          FROM unnest(:people) AS told(id)
         WHERE n.person_id = told.id AND n.kind = :kind AND n.bundle = :bundle
           AND n.read_at IS NULL AND NOT n.folded AND n.notice_id <> :notice
        RETURNING n.person_id, n.count
    )
    UPDATE maru.notification n
       SET count = n.count + before.count
      FROM before
     WHERE n.notice_id = :notice AND n.person_id = before.person_id
    """
)
