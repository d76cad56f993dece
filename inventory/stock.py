"""Everything that moves stock: reserve, commit, release, expire, take back, adjust."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import connections

from contracts.base import require_time
from contracts.identifiers import is_uuid
from contracts.inventory import (
    InvalidReservation,
    MixedCurrencies,
    OutOfStock,
    ProductNotFound,
    Reservation,
    ReservationClosed,
    ReservationDiffers,
    ReservationNotFound,
    ReservationState,
    ReservedLine,
    StockLine,
)
from contracts.messaging import headers
from contracts.money import Money
from inventory import stock_sql
from inventory.errors import AlreadyMoved, StockWouldGoNegative
from inventory.models import MovementKind, Product, Reservation as ReservationRow, StockMovement

ALIAS = "inventory"
LONGEST_HOLD = timedelta(days=7)
LARGEST_QUANTITY = 2**63 - 1
CLOSED = (ReservationState.RELEASED, ReservationState.EXPIRED)


def reserve_stock(*, reservation_id: str, lines: Sequence[StockLine], ttl_seconds: int) -> Reservation:
    """Hold all lines or none; repeated with the same id, it answers with what was held the first time."""
    wanted = _quantities(reservation_id, lines, ttl_seconds)
    while True:
        rows = _rows(
            stock_sql.RESERVE,
            reservation_id=reservation_id,
            product_ids=_array(wanted),
            quantities=_array(wanted.values()),
            ttl_seconds=ttl_seconds,
        )
        if rows:
            return _reservation(reservation_id, rows)
        if earlier := find_reservation(reservation_id=reservation_id):
            return _same(earlier, wanted)
        _raise_what_is_missing(wanted)
        # Neither there nor missing anything: stock came back between the two reads, so it is worth another try.
        require_time("reserve_stock")


def commit_reservation(*, reservation_id: str) -> ReservationState:
    """Make it final. Committing twice is the same as once."""
    _require_id(reservation_id)
    if commit_held(reservation_ids=[reservation_id]):
        return ReservationState.COMMITTED
    state = _state_of(reservation_id)
    if state is not ReservationState.COMMITTED:
        raise ReservationClosed(reservation_id=reservation_id, state=state)
    return state


def commit_held(*, reservation_ids: Sequence[str]) -> set[str]:
    """Make final those of them that are held, all by one statement; returns which those were."""
    return {id for (id,) in _rows(stock_sql.COMMIT, reservation_ids=reservation_ids)}


def release_reservation(*, reservation_id: str) -> ReservationState:
    """Put the stock back, once: a reservation that is closed already stays as it is."""
    _require_id(reservation_id)
    released = _give_back([reservation_id], ReservationState.RELEASED, MovementKind.RELEASE)
    return ReservationState.RELEASED if released else _state_of(reservation_id)


def expire(*, reservation_ids: list[str]) -> int:
    """Put back what is still held of these; returns how many that were."""
    return len(_give_back(reservation_ids, ReservationState.EXPIRED, MovementKind.EXPIRY)) if reservation_ids else 0


def take_back(*, refund_id: str, lines: Iterable[tuple[int, int]]) -> int:
    """Put what a refund brought back where it can be sold again, once; returns how many products that were."""
    quantities = dict(sorted(lines))
    return len(
        _rows(
            stock_sql.RETURN,
            refund_id=refund_id,
            product_ids=_array(quantities),
            quantities=_array(quantities.values()),
        )
    )


def adjust_stock(
    *,
    product_id: int,
    delta: int,
    kind: MovementKind,
    reason: str = "",
    note: str = "",
    reference: str = "",
    actor_id: int | None = None,
    drafts: bool = False,
    key: UUID | None = None,
) -> int:
    """Change the stock by `delta` and say so in the ledger; returns what can be sold now.

    Of what is on sale, and with `drafts` of what will be; never of what is archived. With a `key`, once: repeated with
    the same, it raises AlreadyMoved and changes nothing.
    """
    rows = _rows(
        stock_sql.ADJUST,
        product_id=product_id,
        delta=delta,
        kind=kind.value,
        reason=reason,
        note=note,
        reference=reference,
        actor_id=actor_id,
        drafts=drafts,
        key=key,
        headers=json.dumps(headers()),
    )
    if rows:
        return int(rows[0][0])
    if key and (earlier := StockMovement.objects.filter(key=key).first()):
        raise AlreadyMoved(product_id=earlier.product_id, delta=earlier.delta)
    known = Product.objects.filter(id=product_id, archived_at=None, active__in=[True, False] if drafts else [True])
    available = known.values_list("stock", flat=True).first()
    if available is None:
        raise ProductNotFound(product_id=product_id)
    raise StockWouldGoNegative(product_id=product_id, available=available)


def find_reservation(*, reservation_id: str) -> Reservation | None:
    rows = _rows(stock_sql.FIND_RESERVATION, reservation_id=reservation_id)
    return _reservation(reservation_id, rows) if rows else None


def _quantities(reservation_id: str, lines: Sequence[StockLine], ttl_seconds: int) -> dict[int, int]:
    """The wanted quantity of each product, in id order."""
    if not is_uuid(reservation_id):
        raise InvalidReservation(field="reservation_id", reason="It must be a UUID.")
    if not lines:
        raise InvalidReservation(field="lines", reason="At least one line is needed.")
    if any(line.quantity < 1 for line in lines):
        raise InvalidReservation(field="lines", reason="Each quantity must be at least 1.")
    if not 1 <= ttl_seconds <= LONGEST_HOLD.total_seconds():
        raise InvalidReservation(field="ttl_seconds", reason="It must be at least 1 and at most a week.")
    wanted: Counter[int] = Counter()
    for line in lines:
        wanted[line.product_id] += line.quantity
    if max(wanted.values()) > LARGEST_QUANTITY:
        raise InvalidReservation(field="lines", reason="More than can be counted.")
    return dict(sorted(wanted.items()))


def _same(earlier: Reservation, wanted: dict[int, int]) -> Reservation:
    if {line.product_id: line.quantity for line in earlier.lines} != wanted:
        raise ReservationDiffers(reservation_id=earlier.reservation_id)
    if earlier.state in CLOSED:
        raise ReservationClosed(reservation_id=earlier.reservation_id, state=earlier.state)
    return earlier


def _raise_what_is_missing(wanted: dict[int, int]) -> None:
    found = Product.objects.filter(id__in=wanted, active=True).values_list("id", "stock", "currency")
    stock = {id: left for id, left, _ in found}
    for product_id in wanted:
        if product_id not in stock:
            raise ProductNotFound(product_id=product_id)
    for product_id, quantity in wanted.items():
        if stock[product_id] < quantity:
            raise OutOfStock(product_id=product_id, requested=quantity, available=stock[product_id])
    currencies = sorted({currency for *_, currency in found})
    if len(currencies) > 1:
        raise MixedCurrencies(currencies=",".join(currencies))


def _give_back(reservation_ids: list[str], state: ReservationState, kind: MovementKind) -> list[tuple[Any, ...]]:
    """Close those that are still open, with their stock back and in the ledger; only what was held can expire."""
    released = state is ReservationState.RELEASED
    open_states = [ReservationState.HELD, ReservationState.COMMITTED] if released else [ReservationState.HELD]
    return _rows(
        stock_sql.GIVE_BACK,
        reservation_ids=reservation_ids,
        from_states=open_states,
        to_state=state.value,
        kind=kind.value,
    )


def _require_id(reservation_id: str) -> None:
    """What is no UUID was never reserved; the database would break on it."""
    if not is_uuid(reservation_id):
        raise ReservationNotFound(reservation_id=reservation_id)


def _state_of(reservation_id: str) -> ReservationState:
    state = ReservationRow.objects.filter(id=reservation_id).values_list("state", flat=True).first()
    if state is None:
        raise ReservationNotFound(reservation_id=reservation_id)
    return ReservationState(state)


def _reservation(reservation_id: str, rows: list[tuple[Any, ...]]) -> Reservation:
    state, expires_at = rows[0][:2]
    return Reservation(
        reservation_id=reservation_id,
        state=ReservationState(state),
        expires_at=expires_at,
        lines=tuple(
            ReservedLine(
                product_id=product_id,
                quantity=quantity,
                name=name,
                unit_price=Money(currency=currency, minor=unit_price),
            )
            for _, _, product_id, quantity, name, unit_price, currency in rows
        ),
    )


def _array(numbers: Iterable[int]) -> str:
    """As PostgreSQL writes it: a driver that looks at each element takes longer than the rest of the call."""
    return "{" + ",".join(map(str, numbers)) + "}"


def _rows(statement: str, **parameters: Any) -> list[tuple[Any, ...]]:
    with connections[ALIAS].cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())
