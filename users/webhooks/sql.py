"""The statements of the deliveries. SQL earns its place here: they are a queue, and every event may be put into it."""

from __future__ import annotations

from typing import Final

WANTED: Final = "SELECT DISTINCT unnest(event_types) FROM users_webhookendpoint WHERE disabled_at IS NULL"

ENQUEUE: Final = """
INSERT INTO users_webhookdelivery (endpoint_id, event_id, event_type, body, give_up_at)
SELECT endpoint.id, event.id, event.type, event.body,
       statement_timestamp() + make_interval(secs => %(life_seconds)s::float8)
FROM users_webhookendpoint AS endpoint
JOIN json_to_recordset(%(events)s::json) AS event (id uuid, type text, body text)
  ON event.type = ANY(endpoint.event_types)
WHERE endpoint.disabled_at IS NULL
FOR KEY SHARE OF endpoint
ON CONFLICT DO NOTHING
"""
"""The lock makes one that is being deleted one that is gone, not a broken foreign key."""

CLAIM: Final = """
UPDATE users_webhookdelivery AS claimed
SET status = 'sending',
    attempts = claimed.attempts + 1,
    due_at = statement_timestamp() + make_interval(secs => %(lease_seconds)s::float8)
FROM users_webhookendpoint AS endpoint
WHERE endpoint.id = claimed.endpoint_id
  AND claimed.id IN (
      SELECT due.id
      FROM users_webhookendpoint AS receiver
      CROSS JOIN LATERAL (
          SELECT count(*) AS number
          FROM users_webhookdelivery AS sending
          WHERE sending.endpoint_id = receiver.id
            AND sending.status = 'sending'
            AND sending.due_at > statement_timestamp()
      ) AS under_way
      CROSS JOIN LATERAL (
          SELECT delivery.id, delivery.due_at
          FROM users_webhookdelivery AS delivery
          WHERE delivery.endpoint_id = receiver.id
            AND delivery.status IN ('pending', 'sending')
            AND delivery.due_at <= statement_timestamp()
          ORDER BY delivery.due_at
          LIMIT greatest(0, %(each)s::bigint - under_way.number)
          FOR UPDATE OF delivery SKIP LOCKED
      ) AS due
      WHERE receiver.disabled_at IS NULL
      ORDER BY under_way.number + row_number() OVER (PARTITION BY receiver.id ORDER BY due.due_at), due.due_at
      LIMIT %(limit)s::bigint
  )
RETURNING claimed.id, claimed.attempts, claimed.event_id, claimed.body, endpoint.url, endpoint.secret,
          CASE WHEN endpoint.previous_until > statement_timestamp() THEN endpoint.previous_secret END
"""
"""No endpoint has more than `each` under way, and who has the fewest comes first: however much waits for those that are
slow or dead, the others have their turn.
"""

SETTLE: Final = """
WITH settled AS (
    UPDATE users_webhookdelivery
    SET status = CASE WHEN %(delivered)s::boolean THEN 'delivered'
                      WHEN %(gone)s::boolean OR give_up_at <= statement_timestamp() THEN 'failed'
                      ELSE 'pending' END,
        finished_at = CASE WHEN %(delivered)s::boolean OR %(gone)s::boolean OR give_up_at <= statement_timestamp()
                           THEN statement_timestamp() END,
        due_at = least(give_up_at, statement_timestamp() + make_interval(secs => %(retry_seconds)s::float8)),
        log = log || %(attempt)s::jsonb
    WHERE id = %(id)s AND attempts = %(attempts)s AND status = 'sending'
    RETURNING endpoint_id, status, give_up_at
), healthy AS (
    UPDATE users_webhookendpoint AS endpoint
    SET healthy_at = statement_timestamp()
    FROM settled
    WHERE endpoint.id = settled.endpoint_id
      AND settled.status = 'delivered'
      AND endpoint.healthy_at < statement_timestamp() - interval '1 minute'
), disabled AS (
    UPDATE users_webhookendpoint AS endpoint
    SET disabled_at = statement_timestamp(), disabled_reason = %(reason)s, updated_at = statement_timestamp()
    FROM settled
    WHERE endpoint.id = settled.endpoint_id
      AND endpoint.disabled_at IS NULL
      AND settled.status = 'failed'
      AND (
          %(gone)s::boolean
          OR endpoint.healthy_at < settled.give_up_at - make_interval(secs => %(life_seconds)s::float8)
      )
    RETURNING endpoint.id
)
SELECT id FROM disabled
"""
"""A sender that lost its claim meanwhile changes nothing.

A delivery is given up after its whole life. Where the endpoint took nothing else in that time, all failed for as long.
`healthy_at` is exact to the minute, so that an endpoint that takes many deliveries is not written for each.
"""

PURGE: Final = """
DELETE FROM users_webhookdelivery
WHERE id IN (
    SELECT id FROM users_webhookdelivery
    WHERE finished_at IS NOT NULL AND created_at < statement_timestamp() - make_interval(days => %(days)s::int)
      AND finished_at < statement_timestamp() - make_interval(days => %(days)s::int)
    LIMIT %(limit)s::bigint
)
"""
