# ruff: noqa: S608 - all of it stands here
"""The statements that change a payment. SQL earns its place here: a payment, the record of the call behind the change
and the event that tells of it are one round trip and one commit.

The payment's row is always locked first, so that no two statements can deadlock. Times are the database's.
"""

from __future__ import annotations

from typing import Final

COLUMNS: Final = (
    "id, order_id, amount, currency, payment_method, provider, status, reference, next_action, failure_reason, "
    "captured, refunded, cancel_requested_at"
)
"""Of a payment, as `selectors.PaymentDetails` has them."""

CHARGE: Final = f"""
WITH charged AS (
    INSERT INTO payments_paymentintent (id, order_id, amount, currency, payment_method, provider, status)
    VALUES (%(id)s::uuid, %(order_id)s, %(amount)s, %(currency)s, %(payment_method)s, %(provider)s, %(status)s)
    ON CONFLICT (order_id) DO NOTHING
    RETURNING {COLUMNS}
), authorise AS (
    INSERT INTO payments_providercall (intent_id, kind, key, amount, lease_until)
    SELECT id, 'authorise', 'authorise:' || order_id, amount,
           statement_timestamp() + make_interval(secs => %(lease)s::float8)
    FROM charged WHERE status = 'created'
), outbox AS (
    INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers)
    SELECT %(event)s::text, 1, 'payment:' || id, %(data)s::jsonb, %(headers)s::jsonb
    FROM charged WHERE %(event)s::text <> ''
)
SELECT {COLUMNS} FROM charged
"""
"""A payment and the record of its first call, held by whoever runs this. No row: the order has its payment already."""

CANCEL: Final = f"""
WITH cancelled AS (
    INSERT INTO payments_paymentintent (id, order_id, amount, provider, status, cancel_requested_at)
    VALUES (%(id)s::uuid, %(order_id)s, 0, %(provider)s, 'voided', statement_timestamp())
    ON CONFLICT (order_id) DO UPDATE
    SET cancel_requested_at = coalesce(payments_paymentintent.cancel_requested_at, statement_timestamp()),
        updated_at = statement_timestamp()
    RETURNING {COLUMNS}
), outbox AS (
    INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers)
    SELECT 'payment.voided', 1, 'payment:' || id, %(data)s::jsonb, %(headers)s::jsonb
    FROM cancelled WHERE id = %(id)s::uuid
)
SELECT {COLUMNS} FROM cancelled
"""
"""That a payment is to be called off; where there is none, one that is voided from the start."""

BEGIN: Final = """
WITH intent AS MATERIALIZED (
    SELECT id, status, cancel_requested_at, captured - refunded AS left_over
    FROM payments_paymentintent WHERE id = %(intent_id)s::uuid
    FOR NO KEY UPDATE
)
INSERT INTO payments_providercall AS call (intent_id, kind, key, amount, lease_until)
SELECT id, %(kind)s::text, %(key)s, %(amount)s::bigint,
       statement_timestamp() + make_interval(secs => %(lease)s::float8)
FROM intent
WHERE status = ANY(%(statuses)s::text[]) AND (cancel_requested_at IS NOT NULL) = %(cancelling)s
  AND (%(kind)s::text <> 'refund' OR (
      left_over = %(amount)s::bigint
      AND NOT EXISTS (SELECT FROM payments_refund WHERE intent_id = intent.id AND state = 'requested')
  ))
ON CONFLICT (key) DO NOTHING
RETURNING call.key
"""
"""The record of a call that is about to be made. No row: it has one, or the payment is not such that it may be made.
What goes back of a payment that is called off is all that is left, once no other refund is under way.
"""

TAKE_OVER: Final = """
UPDATE payments_providercall
SET lease_until = statement_timestamp() + make_interval(secs => %(lease)s::float8), attempts = attempts + 1
WHERE key = %(key)s AND finished_at IS NULL AND lease_until < statement_timestamp()
RETURNING extract(epoch FROM statement_timestamp() - started_at)::float8
"""
"""A call that somebody began and nobody holds any more. No row: it is being made right now, or it has its outcome."""

LET_GO: Final = """
UPDATE payments_providercall
SET lease_until = statement_timestamp(), outcome = coalesce(%(outcome)s, outcome)
WHERE key = %(key)s AND finished_at IS NULL
"""
"""Nobody answered: whoever comes next may make the call again."""

RECORD: Final = f"""
WITH intent AS MATERIALIZED (
    SELECT {COLUMNS} FROM payments_paymentintent WHERE id = %(intent_id)s::uuid FOR NO KEY UPDATE
), finished AS (
    UPDATE payments_providercall AS call
    SET outcome = %(outcome)s, finished_at = statement_timestamp()
    FROM intent
    WHERE call.key = %(key)s AND call.intent_id = intent.id AND call.finished_at IS NULL
), moved AS (
    UPDATE payments_paymentintent AS payment
    SET status = %(status)s, captured = %(captured)s, next_action = %(next_action)s::jsonb,
        reference = %(reference)s, failure_reason = %(failure_reason)s, updated_at = statement_timestamp()
    FROM intent
    WHERE payment.id = intent.id AND payment.status = ANY(%(statuses)s::text[])
    RETURNING payment.*
), outbox AS (
    INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers)
    SELECT %(event)s::text, 1, 'payment:' || id, %(data)s::jsonb, %(headers)s::jsonb
    FROM moved WHERE %(event)s::text <> ''
), capture AS (
    INSERT INTO payments_providercall (intent_id, kind, key, amount, lease_until)
    SELECT id, 'capture', 'capture:' || order_id, amount,
           statement_timestamp() + make_interval(secs => %(lease)s::float8)
    FROM moved WHERE %(go_on)s AND status = 'authorised' AND cancel_requested_at IS NULL
    ON CONFLICT (key) DO NOTHING
    RETURNING key
)
SELECT {COLUMNS}, (SELECT count(*) FROM capture) FROM moved
UNION ALL
SELECT {COLUMNS}, 0 FROM intent WHERE NOT EXISTS (SELECT FROM moved)
"""
"""What the provider says of a payment, with the outcome of the call it answers, if it answers one; the next call is
begun along with it. A payment that is in none of `statuses` has gone further already: it stays as it is.
"""

GIVE_BACK: Final = f"""
WITH intent AS MATERIALIZED (
    SELECT {COLUMNS} FROM payments_paymentintent WHERE id = %(intent_id)s::uuid FOR NO KEY UPDATE
), finished AS (
    UPDATE payments_providercall AS call
    SET outcome = %(outcome)s, finished_at = statement_timestamp()
    FROM intent
    WHERE call.key = %(key)s AND call.intent_id = intent.id AND call.finished_at IS NULL
    RETURNING call.amount, call.outcome
), refund AS (
    UPDATE payments_refund AS refund
    SET state = CASE finished.outcome WHEN 'succeeded' THEN 'succeeded' ELSE 'failed' END,
        updated_at = statement_timestamp()
    FROM finished
    WHERE refund.id = %(refund_id)s::uuid
), moved AS (
    UPDATE payments_paymentintent AS payment
    SET refunded = payment.refunded + finished.amount, updated_at = statement_timestamp(),
        status = CASE payment.refunded + finished.amount
                      WHEN payment.captured THEN 'refunded' ELSE 'partially_refunded' END
    FROM intent, finished
    WHERE payment.id = intent.id AND finished.outcome = 'succeeded'
    RETURNING payment.*
), outbox AS (
    INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers)
    SELECT %(event)s::text, 1, 'payment:' || intent.id, %(data)s::jsonb, %(headers)s::jsonb
    FROM intent, finished
)
SELECT {COLUMNS} FROM moved
UNION ALL
SELECT {COLUMNS} FROM intent WHERE NOT EXISTS (SELECT FROM moved)
"""
"""The outcome of a refund, once: only the statement that finishes its call moves the amounts and tells of it."""

GIVE_BACK_NOTHING: Final = f"""
WITH moved AS (
    UPDATE payments_paymentintent
    SET status = 'refunded', updated_at = statement_timestamp()
    WHERE id = %(intent_id)s::uuid AND status = 'captured' AND amount = 0
    RETURNING {COLUMNS}
), outbox AS (
    INSERT INTO messaging_outboxevent (type, version, aggregate_id, data, headers)
    SELECT %(event)s::text, 1, 'payment:' || id, %(data)s::jsonb, %(headers)s::jsonb
    FROM moved
)
SELECT {COLUMNS} FROM moved
UNION ALL
SELECT {COLUMNS} FROM payments_paymentintent WHERE id = %(intent_id)s::uuid AND NOT EXISTS (SELECT FROM moved)
"""

PAUSE: Final = """
make_interval(secs => least(%(after)s::float8 * (2 ^ least(greatest(call.attempts, 1) - 1, 9) - 1), 600))
"""
"""How long a call that nobody holds is left alone: not at all after the first attempt, ten minutes at most."""

LEFT_BEHIND: Final = f"""
WITH candidate AS (
    SELECT id FROM payments_paymentintent
    WHERE status IN ('created', 'requires_action', 'authorised')
      AND updated_at < statement_timestamp() - make_interval(secs => %(after)s::float8)
    UNION
    SELECT id FROM payments_paymentintent
    WHERE cancel_requested_at IS NOT NULL
      AND status IN ('created', 'requires_action', 'authorised', 'captured', 'partially_refunded')
    UNION
    SELECT intent_id FROM payments_providercall
    WHERE finished_at IS NULL AND kind <> 'refund' AND lease_until < statement_timestamp()
      AND started_at < statement_timestamp() - make_interval(secs => %(after)s::float8)
)
SELECT {COLUMNS} FROM payments_paymentintent AS payment
WHERE id IN (SELECT id FROM candidate)
  AND NOT EXISTS (
    SELECT FROM payments_providercall AS call
    WHERE call.intent_id = payment.id AND call.finished_at IS NULL
      AND call.lease_until + {PAUSE} > statement_timestamp()
  )
  AND NOT EXISTS (
    SELECT FROM payments_providercall AS call
    WHERE call.outcome IN ('declined', 'refused') AND payment.cancel_requested_at IS NOT NULL
      AND call.key = CASE WHEN payment.captured > 0 THEN 'refund:' ELSE 'void:' END || payment.order_id
  )
ORDER BY updated_at
LIMIT %(limit)s
"""
"""What somebody began and nobody is about, and what is to be called off; longest untouched first. A call that is not
answered is left alone for longer and longer, and one that calls a payment off and was refused, for good.
"""

REFUNDS_LEFT_BEHIND: Final = f"""
SELECT refund.id FROM payments_refund AS refund
JOIN payments_providercall AS call ON call.key = 'refund:' || refund.id
WHERE refund.state = 'requested' AND call.finished_at IS NULL
  AND call.started_at < statement_timestamp() - make_interval(secs => %(after)s::float8)
  AND call.lease_until + {PAUSE} < statement_timestamp()
ORDER BY refund.updated_at
LIMIT %(limit)s
"""
