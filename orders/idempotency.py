"""What makes placing an order safe to repeat: the ids are derived from the key, and the database lets each in once."""

from __future__ import annotations

import hashlib
import json
import uuid
from collections import Counter
from collections.abc import Sequence
from itertools import count

from contracts.inventory import Reservation, ReservationClosed, ReservationDiffers, ReserveStock, StockLine
from contracts.ports import ports
from orders import selectors, steps
from orders.errors import IdempotencyKeyReused
from orders.selectors import OrderDetails

NAMESPACE = uuid.UUID("6f1c2f0e-52b1-4d0e-9d3c-5b7f3e1a9c40")


def fingerprint_of(lines: Sequence[StockLine], payment_method: str | None) -> str:
    """The same for the same order, however its lines are written down."""
    wanted: Counter[int] = Counter()
    for line in lines:
        wanted[line.product_id] += line.quantity
    return hashlib.sha256(json.dumps([sorted(wanted.items()), payment_method]).encode()).hexdigest()


def reserve(*, user_id: int, lines: Sequence[StockLine], key: str | None) -> Reservation | OrderDetails:
    """Hold the stock under an id derived from the key; or the order of the key, where its stock is no longer held.

    An attempt that died before its order was placed has left a reservation that may have expired since: the next
    attempt takes the next id, and so do all that run at the same time.
    """
    for attempt in count():
        reservation_id = uuid.uuid4() if key is None else uuid.uuid5(NAMESPACE, f"{user_id}:{attempt}:{key}")
        request = ReserveStock(reservation_id=str(reservation_id), lines=tuple(lines))
        try:
            with steps.RESERVE:
                return ports().inventory.reserve_stock(request)
        except ReservationDiffers:
            raise IdempotencyKeyReused from None
        except ReservationClosed:
            if key is not None and (earlier := selectors.find_by_key(user_id=user_id, key=key)):
                return earlier
    raise AssertionError
