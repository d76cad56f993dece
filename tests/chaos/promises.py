"""What customers were told, held against what the databases have in the end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tests.chaos.customer import Deal
from tests.crash.books import Books, Row


@dataclass(frozen=True, slots=True)
class Account:
    """One order, and what the provider's own ledger has of it."""

    order: Row
    captures: list[int]
    back: int

    @property
    def kept(self) -> int:
        return sum(self.captures) - self.back


def lost(books: Books, deals: Iterable[Deal]) -> list[str]:
    """Promises that were not kept."""
    accounts = {account.order["idempotency_key"]: account for account in _accounts(books)}
    return [f"{deal.key}: {broken}" for deal in deals for broken in _broken(deal, accounts.get(deal.key))]


def doubled(books: Books) -> list[str]:
    """Orders that were charged twice, or gave more back than was taken."""
    return [
        f"order {account.order['id']}: took {account.captures}, gave back {account.back}"
        for account in _accounts(books)
        if len(account.captures) > 1 or account.kept < 0
    ]


def _broken(deal: Deal, account: Account | None) -> Iterator[str]:
    if deal.answer is None:
        return
    if account is None:
        yield f"{deal.answer.status}, and there is no order"
        return
    status, paid = account.order["status"], account.order["total"] if deal.method else 0
    if deal.order_id not in (None, account.order["id"]):
        yield f"was order {deal.order_id}, is {account.order['id']}"
    if (deal.answer.status == 402 or _said(deal, "cancel", 200)) and (status, account.kept) != ("cancelled", 0):
        yield f"was called off, is {status}, and {account.kept} is kept"
    if _was_confirmed(deal) and not deal.asked and (status, account.kept) != ("confirmed", paid):
        yield f"was confirmed, is {status}, and of {paid} {account.kept} is kept"
    if _said(deal, "refund", 201) and (status, account.kept) != ("refunded", 0):
        yield f"was refunded, is {status}, and {account.kept} is kept"
    if _said(deal, "refund a line", 201) and account.kept != paid - account.order["refunded"]:
        yield f"a line was refunded, and of {paid} {account.kept} is kept, where {account.order['refunded']} went back"


def _was_confirmed(deal: Deal) -> bool:
    return deal.answer is not None and deal.answer.status == 201 and deal.answer.body["status"] == "confirmed"


def _said(deal: Deal, what: str, status: int) -> bool:
    return what in deal.answers and deal.answers[what].status == status


def _accounts(books: Books) -> list[Account]:
    taken = books.rows(
        "payments",
        """
        SELECT order_id, array_agg(amount) FILTER (WHERE kind = 'capture') AS captures,
               coalesce(sum(amount) FILTER (WHERE kind = 'refund'), 0)::bigint AS back
        FROM payments_simulatedentry GROUP BY order_id
        """,
    )
    by_order = {row["order_id"]: row for row in taken}
    nothing: Row = {"captures": [], "back": 0}
    return [
        Account(order, list(of["captures"] or []), of["back"])
        for order in books.rows("orders", "SELECT * FROM orders_order ORDER BY id")
        for of in [by_order.get(order["id"], nothing)]
    ]
