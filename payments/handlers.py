"""What the payments context does when something happened elsewhere."""

from __future__ import annotations

from collections.abc import Sequence

from contracts.events import OrderCancelled
from contracts.messaging import Envelope, Handlers, together
from payments import moves


@together
def call_payments_off(envelopes: Sequence[Envelope[OrderCancelled]]) -> None:
    """Only the wish is recorded: the job that settles payments asks the provider."""
    moves.wish_cancelled(order_ids=sorted(envelope.event.order_id for envelope in envelopes))


HANDLERS: Handlers = {
    OrderCancelled: [call_payments_off],
}
