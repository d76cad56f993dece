"""The queue of the e-mails. It is SQL because each order comes by: many are put in by one statement, with no model for
each; and a claim is a queue's, locked, skipped and leased in one round trip.
"""

from __future__ import annotations

from typing import Final

ENQUEUE: Final = """
INSERT INTO users_notification (user_id, order_id, kind, event_id, data, message_id)
SELECT user_id, order_id, kind, event_id, data, format('<%%s.%%s@%%s>', kind, event_id, %(domain)s::text)
FROM jsonb_to_recordset(%(news)s::jsonb)
    AS news (user_id bigint, order_id bigint, kind text, event_id uuid, data jsonb)
ON CONFLICT (event_id, kind) DO NOTHING
"""

CLAIM: Final = """
UPDATE users_notification AS claimed
SET status = 'sending',
    attempts = claimed.attempts + 1,
    available_at = statement_timestamp() + make_interval(secs => %(lease_seconds)s::float8)
WHERE claimed.id IN (
    SELECT waiting.id
    FROM users_notification AS waiting
    WHERE waiting.status IN ('failed', 'queued', 'sending')
      AND waiting.available_at <= statement_timestamp()
      AND NOT EXISTS (
          SELECT FROM users_notification AS earlier
          WHERE earlier.order_id = waiting.order_id
            AND earlier.id < waiting.id
            AND earlier.status IN ('failed', 'queued', 'sending')
          OFFSET 0
      )
    ORDER BY waiting.available_at, waiting.id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
RETURNING claimed.id, claimed.attempts, claimed.user_id, claimed.order_id, claimed.kind, claimed.data,
          claimed.message_id,
          claimed.created_at <= statement_timestamp() - make_interval(secs => %(patience_seconds)s::float8)
"""
"""One that was claimed and never settled is due again when its lease ends. An order's e-mails keep their order.

OFFSET 0 keeps the look for earlier ones a look-up by order.
"""

SETTLE: Final = """
UPDATE users_notification
SET status = %(status)s::text,
    last_error = %(error)s,
    sent_at = CASE WHEN %(status)s::text = 'sent' THEN statement_timestamp() END,
    available_at = statement_timestamp() + make_interval(secs => %(pause_seconds)s::float8)
WHERE id = %(id)s AND attempts = %(attempt)s AND status = 'sending'
"""
