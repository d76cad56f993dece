"""`manage.py verify_shop`: clean on a sound shop, and each invariant notices its own breach and no other's."""

from __future__ import annotations

from functools import partial
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from contracts.inventory import StockLine
from inventory.services import create_product
from inventory.stock import reserve_stock
from orders.refunds import refund_own
from orders.services import cancel_order, place_order
from shopflow.invariants import reading
from shopflow.invariants.base import Invariant, Reading, check
from shopflow.invariants.every import EVERY
from tests.concurrency.conftest import CONTEXTS, deliver_everything
from users.services import register

pytestmark = [pytest.mark.django_db(databases=CONTEXTS), pytest.mark.usefixtures("_sound_shop")]

HELD = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def _sound_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two products; orders that stand or were cancelled, on invoice or paid; a refund; stock held for one to come."""
    monkeypatch.setattr(reading, "check", partial(check, pauses=()))
    register(username="ada", email="ada@example.com", password="correct horse 7")
    lamp, mug = (create_product(name=name, price=2550, stock=10) for name in ("Lamp", "Mug"))
    lines = [StockLine(product_id=lamp, quantity=1), StockLine(product_id=mug, quantity=2)]
    place_order(user_id=7, lines=lines, key="k")
    cancel_order(order_id=place_order(user_id=7, lines=lines).id, user_id=7)
    place_order(user_id=7, lines=lines, payment_method="pm_ok")
    paid = place_order(user_id=7, lines=lines, payment_method="pm_ok")
    refund_own(order_id=paid.id, user_id=7, items=lines[:1])
    cancel_order(order_id=place_order(user_id=7, lines=lines, payment_method="pm_ok").id, user_id=7)
    reserve_stock(reservation_id=HELD, lines=lines[:1], ttl_seconds=900)
    deliver_everything()
    for context in CONTEXTS:  # or PostgreSQL refuses to alter a table: its deferred checks are still to come
        run(context, "SET CONSTRAINTS ALL IMMEDIATE")


def run(context: str, statement: str) -> None:
    with connections[context].cursor() as cursor:
        cursor.execute(statement)


def report() -> tuple[list[str], str]:
    """The lines of the report, and the error with which it ended."""
    out = StringIO()
    try:
        call_command("verify_shop", stdout=out, no_color=True)
    except CommandError as error:
        return out.getvalue().splitlines(), str(error)
    return out.getvalue().splitlines(), ""


ADJUSTED = """
    INSERT INTO inventory_stockmovement (product_id, delta, kind, reference, reason)
    SELECT min(id), {delta}, 'adjustment', '', '' FROM inventory_product;
    INSERT INTO messaging_outboxevent (type, aggregate_id, data, delivered_at)
    SELECT 'stock.adjusted', 'product:' || min(id), '{{}}', now() FROM inventory_product;
    UPDATE inventory_product SET stock = stock + {delta} WHERE id = (SELECT min(id) FROM inventory_product)
"""
RETURNED_TWICE = """
    INSERT INTO inventory_stockmovement (product_id, delta, kind, reference, reason)
    SELECT min(id), 1, 'release', (SELECT min(id::text) FROM inventory_reservation WHERE state = 'released'), ''
    FROM inventory_product;
    UPDATE inventory_product SET stock = stock + 1 WHERE id = (SELECT min(id) FROM inventory_product)
"""
PENDING_FOR_AN_HOUR = """
    UPDATE orders_order SET status = 'pending', created_at = now() - interval '1 hour'
    WHERE id = (SELECT min(id) FROM orders_order);
    UPDATE orders_orderevent SET type = 'order.placed' WHERE order_id = (SELECT min(id) FROM orders_order);
    UPDATE messaging_outboxevent SET type = 'order.placed'
    WHERE aggregate_id = 'order:' || (SELECT min(id) FROM orders_order)
"""
REFUNDED_FOR_AN_HOUR = """
    INSERT INTO orders_refund (id, order_id, state, amount, restock, actor_id, fingerprint, created_at)
    SELECT gen_random_uuid(), min(id), 'requested', 0, false, 7, '', now() - interval '1 hour' FROM orders_order
"""
REFUNDED_ONE_LESS = """
    UPDATE orders_order SET refunded = refunded - 1 WHERE refunded > 0;
    UPDATE orders_refund SET amount = amount - 1;
    UPDATE orders_orderevent SET data = data || jsonb_build_object('amount', (data->>'amount')::bigint - 1)
    WHERE type = 'order.refunded'
"""
PARKED = """
    UPDATE messaging_outboxevent SET delivered_at = NULL, dead_at = now()
    WHERE id = (SELECT max(id) FROM messaging_outboxevent)
"""
FORGOTTEN = """
    UPDATE messaging_outboxevent SET delivered_at = NULL, created_at = now() - interval '6 minutes'
    WHERE id = (SELECT max(id) FROM messaging_outboxevent)
"""
AN_EVENT = "INSERT INTO messaging_outboxevent (type, aggregate_id, data) VALUES ('payment.made', 'order:1', '{}');"
TAKEN = """
    INSERT INTO payments_paymentintent (id, order_id, amount, captured, currency, provider, status, updated_at)
    VALUES ('00000000-0000-4000-8000-00000000000a', 777777, {amount}, {captured}, 'EUR', 'stripe', '{status}', {at});
"""
"""A payment of another provider, for no order."""
CAPTURED = """
    INSERT INTO messaging_outboxevent (type, aggregate_id, data, delivered_at)
    VALUES ('payment.captured', 'payment:00000000-0000-4000-8000-00000000000a', '{}', now())
"""
REFUSED_TO_GIVE_BACK = """;
    UPDATE payments_paymentintent SET cancel_requested_at = now() WHERE order_id = 777777;
    INSERT INTO payments_providercall (intent_id, kind, key, amount, lease_until, outcome, finished_at)
    SELECT id, 'refund', 'refund:777777', 1, now(), 'refused', now()
    FROM payments_paymentintent WHERE order_id = 777777;
    INSERT INTO messaging_outboxevent (type, aggregate_id, data, delivered_at)
    VALUES ('payment.refund_failed', 'payment:00000000-0000-4000-8000-00000000000a', '{}', now())
"""
ALSO = """
    INSERT INTO payments_simulatedentry (key, kind, reference, order_id, amount, currency, method, outcome)
    SELECT 'also', '{kind}', reference, order_id, {amount}, currency, payment_method, '{kind}d'
    FROM payments_paymentintent WHERE status = '{status}';
    INSERT INTO payments_providercall (intent_id, kind, key, amount, lease_until, outcome, finished_at)
    SELECT id, '{kind}', 'also', {amount}, now(), 'succeeded', now()
    FROM payments_paymentintent WHERE status = '{status}';
"""
"""One more call than there should be, in both ledgers."""
TOO_MUCH_BACK = """
    ALTER TABLE payments_paymentintent DROP CONSTRAINT refunded_at_most_captured_at_most_amount;
    UPDATE payments_paymentintent SET refunded = refunded + 1 WHERE status = 'refunded';
    INSERT INTO messaging_outboxevent (type, aggregate_id, data, delivered_at)
    SELECT 'payment.refunded', 'payment:' || id, '{}', now() FROM payments_paymentintent WHERE status = 'refunded';
"""
RETURNED_FOR_NOTHING = """
    INSERT INTO inventory_stockmovement (product_id, delta, kind, reference, reason)
    SELECT min(id), 1, 'return', gen_random_uuid(), '' FROM inventory_product;
    UPDATE inventory_product SET stock = stock + 1 WHERE id = (SELECT min(id) FROM inventory_product)
"""
SOLD_OUT_OF_NOTHING = """
    INSERT INTO orders_countedday (day, counted_at) VALUES (current_date - 9, now());
    INSERT INTO orders_salesday (day, currency, orders, revenue, refunded) VALUES (current_date - 9, 'EUR', 1, 1, 0)
"""
TOLD = "an order that was confirmed, cancelled, refunded or shipped has its e-mail, once"
ARRIVES = "every event of {} arrives: none is parked, none waits longer than five minutes"

BREACHES = [
    ("the stock of each product is the sum of its ledger", "inventory", "UPDATE inventory_product SET stock = 99"),
    (
        "no stock is negative",
        "inventory",
        "ALTER TABLE inventory_product DROP CONSTRAINT stock_never_negative;" + ADJUSTED.format(delta=-99),
    ),
    (
        "each reservation took its lines from the ledger once, and gave them back once if it is closed",
        "inventory",
        RETURNED_TWICE,
    ),
    (
        "no reservation is held longer than its limit",
        "inventory",
        "UPDATE inventory_reservation SET expires_at = now() - interval '1 hour' WHERE state = 'held'",
    ),
    (
        "the total of each order is the sum of its lines, of which it has at least one",
        "orders",
        "UPDATE orders_order SET total = total - 1 WHERE status = 'cancelled' AND payment_method = ''",
    ),
    (
        "the history of each order has no gap and replays to its state",
        "orders",
        "UPDATE orders_orderevent SET sequence = 7 WHERE type = 'order.cancelled'",
    ),
    (
        "the history of each order has no gap and replays to its state",
        "orders",
        """UPDATE orders_orderevent SET data = data || '{"whole": true}' WHERE type = 'order.refunded'""",
    ),
    (
        "what was refunded of each order is the sum of its refunds, and no more than was ordered",
        "orders",
        "UPDATE orders_refund SET amount = amount - 1",
    ),
    ("no refund is requested longer than its limit", "orders", REFUNDED_FOR_AN_HOUR),
    ("no order is pending longer than its limit", "orders", PENDING_FOR_AN_HOUR),
    (
        "each order's stock is reserved as it was ordered, and back if it was cancelled",
        "inventory",
        "UPDATE inventory_reservation SET state = 'held' WHERE state = 'committed'",
    ),
    (
        "each order's stock is reserved as it was ordered, and back if it was cancelled",
        "orders",
        "UPDATE orders_order SET reservation_id = gen_random_uuid() WHERE status = 'cancelled'",
    ),
    ("what was refunded to be sold again is in stock again, once", "inventory", RETURNED_FOR_NOTHING),
    (
        "what was refunded to be sold again is in stock again, once",
        "orders",
        "UPDATE orders_refund SET restock = false",
    ),
    (
        "no order is charged twice",
        "payments",
        "DROP INDEX captured_or_voided_once;" + ALSO.format(kind="capture", amount=0, status="partially_refunded"),
    ),
    (
        "of each payment no more went back than was taken, and no more was taken than was agreed",
        "payments",
        TOO_MUCH_BACK + ALSO.format(kind="refund", amount=1, status="refunded"),
    ),
    (
        "each call to the simulated provider is in its ledger as it is in ours, and there are no others",
        "payments",
        "DELETE FROM payments_providercall WHERE kind = 'authorise'",
    ),
    (
        "each call to the simulated provider is in its ledger as it is in ours, and there are no others",
        "payments",
        "UPDATE payments_providercall SET amount = amount - 1 WHERE kind = 'capture'",
    ),
    (
        "each call to the simulated provider is in its ledger as it is in ours, and there are no others",
        "payments",
        """
        INSERT INTO payments_providercall (intent_id, kind, key, amount, lease_until, outcome, finished_at)
        SELECT id, 'void', 'void', 1, now(), 'succeeded', now() FROM payments_paymentintent WHERE status = 'refunded'
        """,
    ),
    (
        "each payment took and gave back what the simulated provider's ledger says",
        "payments",
        "UPDATE payments_paymentintent SET captured = captured - 1, refunded = refunded - 1 WHERE status = 'refunded'",
    ),
    (
        "each refund is settled as the call that made it",
        "payments",
        "UPDATE payments_refund SET state = 'failed'",
    ),
    (
        "no provider has refused to let go of a payment that is called off, or to give it back",
        "payments",
        TAKEN.format(amount=1, captured=1, status="captured", at="now()") + CAPTURED + REFUSED_TO_GIVE_BACK,
    ),
    (
        "no payment, call or refund is open longer than its limit",
        "payments",
        TAKEN.format(amount=1, captured=0, status="created", at="now() - interval '16 minutes'"),
    ),
    (
        "every order that stands is paid in full, or on invoice and not charged",
        "orders",
        "UPDATE orders_order SET payment_method = 'pm_ok' WHERE payment_method = '' AND status = 'confirmed'",
    ),
    (
        "every order that stands is paid in full, or on invoice and not charged",
        "orders",
        "UPDATE orders_order SET payment_method = '' WHERE status = 'confirmed' AND refunded = 0",
    ),
    (
        "no charge is without its order: of one cancelled or missing it went back",
        "payments",
        TAKEN.format(amount=1, captured=1, status="captured", at="now()") + CAPTURED,
    ),
    (
        "what went back of a payment is what was refunded of its order",
        "orders",
        REFUNDED_ONE_LESS,
    ),
    (
        "every move of a payment has its event",
        "payments",
        "DELETE FROM messaging_outboxevent WHERE type = 'payment.captured'",
    ),
    (
        "every move of an order has its event",
        "orders",
        "DELETE FROM messaging_outboxevent WHERE type = 'order.cancelled'",
    ),
    (
        "every change of stock by staff has its event",
        "inventory",
        "DELETE FROM messaging_outboxevent WHERE type = 'stock.adjusted'",
    ),
    (
        "every product has its event",
        "inventory",
        "DELETE FROM messaging_outboxevent WHERE type = 'product.created'",
    ),
    (
        "every product that was archived has its event",
        "inventory",
        "UPDATE inventory_product SET active = false, archived_at = now() WHERE name = 'Mug'",
    ),
    (
        "every move of an order has its event",
        "orders",
        """
        INSERT INTO messaging_outboxevent (type, aggregate_id, data)
        VALUES ('order.confirmed', 'order:777777', '{}')
        """,
    ),
    (TOLD, "users", "DELETE FROM users_notification WHERE kind = 'order.cancelled'"),
    (TOLD, "users", "UPDATE users_notification SET kind = 'order.shipped' WHERE kind = 'order.cancelled'"),
    (
        "no e-mail waits longer than the day for which it is tried",
        "users",
        "UPDATE users_notification SET created_at = now() - interval '29 hours'",
    ),
    ("every account has its event", "users", "DELETE FROM messaging_outboxevent"),
    (ARRIVES.format("users"), "users", PARKED),
    (ARRIVES.format("inventory"), "inventory", FORGOTTEN),
    (ARRIVES.format("orders"), "orders", PARKED),
    (ARRIVES.format("payments"), "payments", AN_EVENT + FORGOTTEN),
    ("the sales of each day that is over are what its orders say", "orders", SOLD_OUT_OF_NOTHING),
]


def test_a_sound_shop_is_clean() -> None:
    lines, error = report()
    assert error == "", lines
    assert [line.split()[0] for line in lines] == ["ok"] * len(EVERY)
    checked = [int(line.split()[1]) for line in lines]
    assert checked[:10] == [2, 2, 6, 1, 5, 5, 1, 0, 0, 5]


@pytest.mark.parametrize(("rule", "context", "breach"), BREACHES)
def test_a_breach_is_noticed_by_its_rule_and_no_other(rule: str, context: str, breach: str) -> None:
    for statement in breach.split(";"):
        run(context, statement)
    lines, error = report()
    broken = [line for line in lines if line.startswith("BROKEN")]
    assert [line.split(maxsplit=2)[2] for line in broken] == [rule]
    assert error == "1 of the shop's invariants do not hold"
    assert lines[lines.index(broken[0]) + 1].startswith(" " * 19)


def test_a_breach_ends_the_command_with_exit_code_1() -> None:
    run("orders", "UPDATE orders_order SET total = 0 WHERE refunded = 0")
    with pytest.raises(CommandError) as ended:
        call_command("verify_shop", stdout=StringIO())
    assert ended.value.returncode == 1


def test_every_rule_has_a_breach() -> None:
    assert {rule for rule, _, _ in BREACHES} == {invariant.says for invariant in EVERY}


def test_what_settles_by_itself_is_no_breach() -> None:
    """Two databases are not read at one moment: a difference counts only if it stays."""
    readings = iter(
        [Reading(3, frozenset({"a", "b"})), Reading(4, frozenset({"b", "c"})), Reading(4, frozenset({"c"}))]
    )
    assert check(Invariant("", lambda: next(readings)), pauses=(0, 0)) == Reading(4, frozenset())
