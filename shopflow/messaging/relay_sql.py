"""The relay's statements. They are SQL because the claim is a queue: locked, skipped and leased in one round trip.

Never `id > cursor`: ids are given out before the commit, so a late commit would be skipped for good.
"""

from __future__ import annotations

from typing import Final

CLAIM: Final = """
UPDATE messaging_outboxevent AS claimed
SET lease = %(lease)s::uuid,
    leased_until = statement_timestamp() + make_interval(
        secs => least(%(lease_seconds)s::float8 * 2 ^ least(claimed.attempts, 16), %(longest_lease)s::float8)
    ),
    attempts = claimed.attempts + 1,
    awaiting = CASE WHEN %(consumers)s::jsonb IS NOT NULL THEN coalesce(
        claimed.awaiting, ARRAY(SELECT jsonb_array_elements_text(%(consumers)s::jsonb -> claimed.type))
    ) END
WHERE claimed.id IN (
    SELECT event.id
    FROM messaging_outboxevent AS event
    WHERE event.delivered_at IS NULL
      AND event.dead_at IS NULL
      AND event.available_at <= statement_timestamp()
      AND (event.leased_until IS NULL OR event.leased_until < statement_timestamp())
      AND NOT EXISTS (
          SELECT FROM messaging_outboxevent AS earlier
          WHERE earlier.aggregate_id = event.aggregate_id
            AND earlier.id < event.id
            AND earlier.delivered_at IS NULL
          OFFSET 0
      )
    ORDER BY event.id
    LIMIT %(limit)s
    FOR UPDATE SKIP LOCKED
)
RETURNING claimed.id, claimed.event_id, claimed.type, claimed.version, claimed.data, claimed.headers,
          claimed.created_at, claimed.attempts, claimed.failures, claimed.awaiting
"""
"""`consumers` maps types to the contexts that wait for them, where a broker is between; those that have applied the
event at an earlier attempt are not asked again.

An event waits until every earlier one of its aggregate is delivered; a dead letter holds up those behind it.

OFFSET 0 keeps the look for earlier ones a look-up by aggregate. As a join, planned while the outbox is still small, it
would read the whole index for each event.
"""

GIVE_BACK: Final = """
UPDATE messaging_outboxevent
SET lease = NULL, leased_until = NULL, attempts = attempts - 1
WHERE lease = %(lease)s::uuid AND id = ANY(%(ids)s::bigint[])
"""
"""Nobody was told of these events: it is as if they had not been taken."""

MARK_APPLIED: Final = """
WITH told AS (
    SELECT id, array_remove(awaiting, %(consumer)s::text) AS awaiting
    FROM messaging_outboxevent
    WHERE event_id = ANY(%(event_ids)s::uuid[]) AND delivered_at IS NULL AND %(consumer)s::text = ANY(awaiting)
    ORDER BY id
    FOR UPDATE
)
UPDATE messaging_outboxevent AS event
SET awaiting = told.awaiting,
    delivered_at = CASE WHEN told.awaiting = '{}' THEN statement_timestamp() END,
    dead_at = CASE WHEN told.awaiting <> '{}' THEN event.dead_at END,
    lease = CASE WHEN told.awaiting <> '{}' THEN event.lease END,
    leased_until = CASE WHEN told.awaiting <> '{}' THEN event.leased_until END
FROM told
WHERE event.id = told.id
"""
"""Whatever the lease: what a context has applied stays applied. Locked in order, as two contexts may tell at once."""

LEASED: Final = """
SELECT id, event_id, attempts, failures FROM messaging_outboxevent
WHERE event_id = ANY(%(event_ids)s::uuid[]) AND lease = %(lease)s::uuid
ORDER BY id
"""

MARK_DELIVERED: Final = """
UPDATE messaging_outboxevent
SET delivered_at = statement_timestamp(), lease = NULL, leased_until = NULL
WHERE id = ANY(%(ids)s::bigint[]) AND lease = %(lease)s::uuid
"""

MARK_FAILED: Final = """
UPDATE messaging_outboxevent
SET lease = NULL,
    leased_until = NULL,
    last_error = %(error)s,
    failures = %(failures)s,
    available_at = statement_timestamp() + make_interval(secs => %(retry_seconds)s::float8),
    dead_at = CASE WHEN %(dead)s THEN statement_timestamp() END
WHERE id = %(id)s AND lease = %(lease)s::uuid
"""

ENTER_INBOX: Final = """
INSERT INTO messaging_inboxentry (consumer, event_id)
SELECT * FROM unnest(%(consumers)s::text[], %(event_ids)s::uuid[])
ON CONFLICT (consumer, event_id) DO NOTHING
RETURNING consumer, event_id
"""

REPLAY: Final = """
UPDATE messaging_outboxevent
SET dead_at = NULL, attempts = 0, failures = 0, available_at = statement_timestamp()
WHERE dead_at IS NOT NULL AND event_id = %(event_id)s::uuid
RETURNING id, event_id, type, aggregate_id, last_error
"""

REPLAY_ALL: Final = """
UPDATE messaging_outboxevent
SET dead_at = NULL, attempts = 0, failures = 0, available_at = statement_timestamp()
WHERE id IN (
    SELECT id FROM messaging_outboxevent
    WHERE dead_at IS NOT NULL
    ORDER BY id
    LIMIT %(limit)s
    FOR UPDATE
)
RETURNING id, event_id, type, aggregate_id, last_error
"""
