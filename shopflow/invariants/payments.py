"""The invariants of payments: each is taken once, as the provider's own ledger has it, and none is left open."""

from __future__ import annotations

from django.conf import settings

from shopflow.invariants.base import Invariant, by_sql

LIMIT_SECONDS = 15 * 60
"""For what goes on by itself: as long as an order may be pending."""
ACTION_LIMIT_SECONDS = settings.PAYMENT_ACTION_SECONDS + LIMIT_SECONDS

INVARIANTS = [
    Invariant(
        "no order is charged twice",
        by_sql(
            "payments",
            count="SELECT count(DISTINCT order_id) FROM payments_simulatedentry",
            breaches="""
                SELECT 'order ' || order_id FROM payments_simulatedentry
                WHERE kind = 'capture'
                GROUP BY order_id HAVING count(*) > 1
            """,
        ),
    ),
    Invariant(
        "of each payment no more went back than was taken, and no more was taken than was agreed",
        by_sql(
            "payments",
            count="SELECT count(*) FROM payments_paymentintent",
            breaches="""
                SELECT 'order ' || order_id FROM payments_paymentintent
                WHERE NOT (0 <= refunded AND refunded <= captured AND captured <= amount)
            """,
        ),
    ),
    Invariant(
        "each call to the simulated provider is in its ledger as it is in ours, and there are no others",
        by_sql(
            "payments",
            count="SELECT count(*) FROM payments_providercall",
            breaches="""
                SELECT coalesce(call.key, entry.key)
                FROM (
                    SELECT call.key, call.kind, call.amount, intent.currency, intent.order_id,
                           call.finished_at IS NOT NULL AS finished,
                           call.outcome = 'succeeded' OR (call.kind = 'authorise' AND call.outcome <> 'refused') AS done
                    FROM payments_providercall AS call
                    JOIN payments_paymentintent AS intent ON intent.id = call.intent_id
                    WHERE intent.provider = 'simulated'
                ) AS call
                FULL JOIN (
                    SELECT * FROM payments_simulatedentry
                    WHERE kind IN ('authorise', 'capture', 'void', 'refund')
                ) AS entry ON entry.key = call.key
                WHERE call.key IS NULL
                   OR (call.finished AND call.done <> (entry.key IS NOT NULL))
                   OR (call.kind, call.amount, call.currency, call.order_id)
                      <> (entry.kind, entry.amount, entry.currency, entry.order_id)
            """,
        ),
    ),
    Invariant(
        "each payment took and gave back what the simulated provider's ledger says",
        by_sql(
            "payments",
            count="SELECT count(*) FROM payments_paymentintent WHERE provider = 'simulated'",
            breaches="""
                SELECT 'order ' || intent.order_id
                FROM payments_paymentintent AS intent
                LEFT JOIN (
                    SELECT order_id,
                           sum(amount) FILTER (WHERE kind = 'capture') AS captured,
                           sum(amount) FILTER (WHERE kind = 'refund') AS refunded
                    FROM payments_simulatedentry GROUP BY order_id
                ) AS entry ON entry.order_id = intent.order_id
                WHERE intent.provider = 'simulated'
                  AND (intent.captured, intent.refunded)
                      <> (coalesce(entry.captured, 0), coalesce(entry.refunded, 0))
                  AND NOT EXISTS (
                      SELECT FROM payments_providercall AS call
                      WHERE call.intent_id = intent.id AND call.finished_at IS NULL
                  )
            """,
        ),
    ),
    Invariant(
        "each refund is settled as the call that made it",
        by_sql(
            "payments",
            count="SELECT count(*) FROM payments_refund",
            breaches="""
                SELECT 'refund ' || refund.id
                FROM payments_refund AS refund
                LEFT JOIN payments_providercall AS call
                       ON call.key = 'refund:' || refund.id AND call.finished_at IS NOT NULL
                WHERE (refund.state = 'succeeded' AND (call.outcome, call.amount) IS DISTINCT FROM
                                                     ('succeeded', refund.amount))
                   OR (refund.state = 'failed' AND call.outcome IS NOT DISTINCT FROM 'succeeded')
            """,
        ),
    ),
    Invariant(
        "no provider has refused to let go of a payment that is called off, or to give it back",
        by_sql(
            "payments",
            count="SELECT count(*) FROM payments_paymentintent WHERE cancel_requested_at IS NOT NULL",
            breaches="""
                SELECT 'call ' || call.key
                FROM payments_paymentintent AS intent
                JOIN payments_providercall AS call
                  ON call.key = CASE WHEN intent.captured > 0 THEN 'refund:' ELSE 'void:' END || intent.order_id
                WHERE intent.cancel_requested_at IS NOT NULL
                  AND intent.status NOT IN ('failed', 'voided', 'refunded')
                  AND call.outcome IN ('declined', 'refused')
            """,
        ),
    ),
    Invariant(
        "no payment, call or refund is open longer than its limit",
        by_sql(
            "payments",
            count="""
                SELECT (SELECT count(*) FROM payments_paymentintent) + (SELECT count(*) FROM payments_providercall)
                     + (SELECT count(*) FROM payments_refund)
            """,
            breaches=f"""
                SELECT 'order ' || order_id FROM payments_paymentintent
                WHERE (status IN ('created', 'authorised')
                       AND updated_at < statement_timestamp() - make_interval(secs => {LIMIT_SECONDS}))
                   OR (status IN ('created', 'authorised', 'requires_action')
                       AND created_at < statement_timestamp() - make_interval(secs => {ACTION_LIMIT_SECONDS}))
                   OR (status NOT IN ('failed', 'voided', 'refunded')
                       AND cancel_requested_at < statement_timestamp() - make_interval(secs => {LIMIT_SECONDS}))
                UNION ALL
                SELECT 'call ' || key FROM payments_providercall
                WHERE finished_at IS NULL
                  AND started_at < statement_timestamp() - make_interval(secs => {LIMIT_SECONDS})
                UNION ALL
                SELECT 'refund ' || id FROM payments_refund
                WHERE state = 'requested'
                  AND created_at < statement_timestamp() - make_interval(secs => {LIMIT_SECONDS})
            """,  # noqa: S608 - numbers of ours
        ),
    ),
]
