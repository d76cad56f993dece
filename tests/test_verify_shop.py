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
from orders.services import cancel_order, place_order
from shopflow.invariants.base import Invariant, Reading, check
from shopflow.management.commands import verify_shop
from tests.concurrency.conftest import CONTEXTS, INVARIANTS, deliver_everything
from users.services import register

pytestmark = [pytest.mark.django_db(databases=CONTEXTS), pytest.mark.usefixtures("_sound_shop")]

HELD = "00000000-0000-4000-8000-000000000001"


@pytest.fixture
def _sound_shop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two products, an order that stands, one that was cancelled, and stock that is held for one to come."""
    monkeypatch.setattr(verify_shop, "check", partial(check, pauses=()))
    register(username="ada", email="ada@example.com", password="correct horse 7")
    lamp, mug = (create_product(name=name, price=2550, stock=10) for name in ("Lamp", "Mug"))
    lines = [StockLine(product_id=lamp, quantity=1), StockLine(product_id=mug, quantity=2)]
    place_order(user_id=7, lines=lines, key="k")
    cancel_order(order_id=place_order(user_id=7, lines=lines).id, user_id=7)
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
    SELECT min(id), 1, 'release', (SELECT id FROM inventory_reservation WHERE state = 'released'), ''
    FROM inventory_product;
    UPDATE inventory_product SET stock = stock + 1 WHERE id = (SELECT min(id) FROM inventory_product)
"""
PENDING_FOR_AN_HOUR = """
    UPDATE orders_order SET status = 'pending', created_at = now() - interval '1 hour' WHERE status = 'confirmed';
    UPDATE orders_orderevent SET type = 'order.placed' WHERE order_id = (SELECT min(id) FROM orders_order);
    UPDATE messaging_outboxevent SET type = 'order.placed'
    WHERE aggregate_id = 'order:' || (SELECT min(id) FROM orders_order)
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
        "UPDATE orders_order SET total = total - 1 WHERE status = 'confirmed'",
    ),
    (
        "the history of each order has no gap and ends in its status",
        "orders",
        "UPDATE orders_orderevent SET sequence = 7 WHERE type = 'order.cancelled'",
    ),
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
        "UPDATE inventory_product SET active = false WHERE name = 'Mug'",
    ),
    (
        "every move of an order has its event",
        "orders",
        """
        INSERT INTO messaging_outboxevent (type, aggregate_id, data, delivered_at)
        VALUES ('order.confirmed', 'order:777777', '{}', now())
        """,
    ),
    ("every account has its event", "users", "DELETE FROM messaging_outboxevent"),
    (ARRIVES.format("users"), "users", PARKED),
    (ARRIVES.format("inventory"), "inventory", FORGOTTEN),
    (ARRIVES.format("orders"), "orders", PARKED),
    (ARRIVES.format("payments"), "payments", AN_EVENT + FORGOTTEN),
]


def test_a_sound_shop_is_clean() -> None:
    lines, error = report()
    assert error == ""
    assert [line.split()[0] for line in lines] == ["ok"] * len(INVARIANTS)
    checked = [int(line.split()[1]) for line in lines]
    assert checked[:9] == [2, 2, 3, 1, 2, 2, 0, 2, 3]


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
    run("orders", "UPDATE orders_order SET total = 0")
    with pytest.raises(CommandError) as ended:
        call_command("verify_shop", stdout=StringIO())
    assert ended.value.returncode == 1


def test_every_rule_has_a_breach() -> None:
    assert {rule for rule, _, _ in BREACHES} == {invariant.says for invariant in INVARIANTS}


def test_what_settles_by_itself_is_no_breach() -> None:
    """Two databases are not read at one moment: a difference counts only if it stays."""
    readings = iter(
        [Reading(3, frozenset({"a", "b"})), Reading(4, frozenset({"b", "c"})), Reading(4, frozenset({"c"}))]
    )
    assert check(Invariant("", lambda: next(readings)), pauses=(0, 0)) == Reading(4, frozenset())
