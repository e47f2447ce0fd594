"""Every statement on the table of mails."""

import sqlalchemy as sa

INSERT = sa.text(
    """
    INSERT INTO maru.mail (id, plugin, subject, recipients, waiting, sender, message)
    VALUES (:id, :plugin, :subject, :recipients, :recipients, :sender, :message)
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid), sa.bindparam("message", type_=sa.LargeBinary))

MESSAGE = sa.text(
    "SELECT sender, message, letter, created_at FROM maru.mail WHERE id = :id"
).bindparams(sa.bindparam("id", type_=sa.Uuid))

SENT = sa.text(
    """
    UPDATE maru.mail
       SET waiting = waiting - 1, updated_at = now(),
           message = CASE WHEN waiting > 1 THEN message END,
           letter = CASE WHEN waiting > 1 THEN letter END,
           sent_at = CASE WHEN waiting > 1 THEN sent_at ELSE now() END
     WHERE id = :id
    """
).bindparams(sa.bindparam("id", type_=sa.Uuid))

PRUNE = sa.text(
    """
    DELETE FROM maru.mail WHERE (tenant_id, id) IN (
      SELECT tenant_id, id FROM maru.mail
       WHERE created_at < now() - make_interval(days => :days) ORDER BY created_at LIMIT 1000)
    """
)
