"""The baseline does the same work as ShopFlow and gives the same answers: else comparing the two would say nothing."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from bench.postgres import Cluster
from tests.bench.conftest import STOCK, Shop, until_none

pytestmark = pytest.mark.e2e

OF_AN_ORDER = ("user_id", "status", "total_price", "currency", "items", "product_id", "quantity")
OF_A_REFUSAL = ("product_id", "requested", "available")


def seen(answer: tuple[int, Any]) -> tuple[int, dict[str, Any]]:
    """What both must agree on: not the ids, the times, nor how each words an error; the baseline knows no refunds."""
    status, body = answer
    told = {name: body.get(name) for name in (OF_AN_ORDER if status < 400 else OF_A_REFUSAL)}
    if told.get("items"):
        told["items"] = [{name: line[name] for name in line if name != "refunded"} for line in told["items"]]
    return status, told


def answers(shop: Shop) -> dict[str, tuple[int, Any]]:
    first = shop.order((1, 2), key="again")
    repeated = shop.order((1, 2), key="again")
    assert repeated[1]["id"] == first[1]["id"]
    path = f"/api/v1/orders/{first[1]['id']}"
    return {
        "one line": first,
        "the same key again": repeated,
        "the same key, another body": shop.order((1, 3), key="again"),
        "one line, as product_id and quantity": shop.ask("POST", "/api/v1/orders", {"product_id": 2, "quantity": 1}),
        "several lines": shop.order((5, 1), (3, 2), (4, 3)),
        "a product twice": shop.order((6, 1), (6, 2)),
        "more than there is": shop.order((7, 1), (8, STOCK + 1)),
        "no such product": shop.order((999_999, 1)),
        "nothing": shop.order(),
        "a quantity of zero": shop.order((9, 0)),
        "a body of another kind": shop.ask("POST", "/api/v1/orders", {"quantity": 1}),
        "no token": shop.order((9, 1), user=None),
        "the order": shop.ask("GET", path),
        "another's order": shop.ask("GET", path, user=2),
    }


def test_both_give_the_same_answers(shopflow: Shop, baseline: Shop) -> None:
    theirs, ours = answers(baseline), answers(shopflow)
    assert {case: seen(answer) for case, answer in theirs.items()} == {
        case: seen(answer) for case, answer in ours.items()
    }
    assert {case: status for case, (status, _) in ours.items()} == {
        "one line": 201,
        "the same key again": 201,
        "the same key, another body": 422,
        "one line, as product_id and quantity": 201,
        "several lines": 201,
        "a product twice": 201,
        "more than there is": 400,
        "no such product": 404,
        "nothing": 400,
        "a quantity of zero": 400,
        "a body of another kind": 400,
        "no token": 401,
        "the order": 200,
        "another's order": 404,
    }


def test_the_baseline_sells_what_there_is_and_no_more(baseline: Shop) -> None:
    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(lambda buyer: baseline.order((20, 1), user=buyer)[0], range(100, 120)))
    assert (statuses.count(201), statuses.count(400)) == (STOCK, 20 - STOCK)


def test_the_baseline_places_one_order_for_a_key_that_comes_many_times_at_once(
    baseline: Shop, cluster: Cluster
) -> None:
    with ThreadPoolExecutor(8) as pool:
        placed = list(pool.map(lambda _: baseline.order((21, 1), user=200, key="at once"), range(8)))
    assert {status for status, _ in placed} == {201}
    assert len({body["id"] for _, body in placed}) == 1
    assert cluster.number("baseline", "SELECT stock FROM baseline_product WHERE id = 21") == STOCK - 1


def test_the_stock_of_the_baseline_is_the_sum_of_its_ledger(baseline: Shop, cluster: Cluster) -> None:
    assert baseline.order((22, 3), (23, 4))[0] == 201
    wrong = """
        SELECT count(*) FROM baseline_product AS product
        WHERE stock <> (SELECT sum(delta) FROM baseline_stockmovement WHERE product_id = product.id)
    """
    assert cluster.number("baseline", wrong) == 0


def test_the_relay_of_the_baseline_commits_the_reservation_of_each_order(baseline: Shop, cluster: Cluster) -> None:
    assert baseline.order((24, 1))[0] == 201
    until_none(cluster, "baseline", "SELECT count(*) FROM baseline_outboxevent WHERE delivered_at IS NULL")
    assert cluster.number("baseline", "SELECT count(*) FROM baseline_reservation WHERE state <> 'committed'") == 0
    orders = "SELECT count(*) FROM baseline_order"
    for table in ("baseline_orderevent", "baseline_outboxevent", "baseline_reservation"):
        assert cluster.query("baseline", f"SELECT count(*) FROM {table}") == cluster.query("baseline", orders)  # noqa: S608
