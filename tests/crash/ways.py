"""Which scenarios come by each step, before it and after it: a step that raises is not passed."""

from __future__ import annotations

from typing import Final

PAID: Final = ("place pm_ok", "place pm_timeout", "place pm_flaky", "place pm_slow")
ACTION: Final = "place pm_requires_action"
DECLINED: Final = "place pm_declined"
CHARGED: Final = (*PAID, ACTION, DECLINED)
PLACED: Final = ("place on invoice", *CHARGED)
CANCELLED: Final = ("cancel an unpaid order", "cancel a paid order", "cancel a pending order")
CALLED_OFF: Final = ("cancel a paid order", "cancel a pending order")
VOIDED: Final = ("cancel a pending order", "never act")
REFUNDED: Final = ("refund the whole order", "refund a line", "return a shipped order")
ANY_REFUND: Final = (*REFUNDED, "refund an unpaid order")
STRAY: Final = "charge without an order"
DECIDED: Final = ("approve", "refuse")
TWICE: Final = {
    "before charge": "place pm_ok",
    "after charge": ACTION,
    "before record payment": "place pm_flaky",
    "before capture at provider": "place pm_timeout",
    "after capture at provider": "place pm_timeout",
    "before void at provider": "cancel a pending order",
    "before refund at provider": "cancel a paid order",
    "before refund payment": "refund a line",
}
"""Points at which a second process dies, too: the one that came to finish what the first had left."""

Way = dict[str, tuple[str, ...]]


def both(*scenarios: str) -> Way:
    return {"before": scenarios, "after": scenarios}


WAYS: Final[dict[str, Way]] = {
    # orders
    "reserve stock": both(*PLACED),
    "insert order": both(*PLACED),
    "charge": {"before": CHARGED, "after": (*PAID, ACTION)},
    "confirm order": both("place pm_ok", "place pm_flaky", "place pm_slow"),
    "record next action": both(ACTION),
    "cancel declined order": both(DECLINED),
    "move cancelled order": both(*CANCELLED),
    "release stock": both(DECLINED, *CANCELLED),
    "cancel payment": both(*CALLED_OFF),
    "request refund": both(*ANY_REFUND),
    "refund payment": both(*REFUNDED),
    "record refund": both(*ANY_REFUND),
    # payments
    "record payment": both(*CHARGED),
    "record the wish to call a payment off": both(*CALLED_OFF, "never act"),
    "record authorisation": both(*CHARGED),
    "record capture": both(*PAID, "approve"),
    "record refund request at payments": both(*REFUNDED),
    "write webhook down": both(*DECIDED),
    "mark webhook as applied": both(*DECIDED),
    "record void": both(*VOIDED),
    "record refund of payment": both("cancel a paid order", *REFUNDED, STRAY),
    "record news of payment": both(*DECIDED),
    "record that a call begins": both(*CALLED_OFF, "never act", STRAY),
    "reconcile payment": both("place pm_ok"),
    "record that a payment has no order": both(STRAY),
    "take over a call": both("place pm_timeout"),
    "let go of a call": both("place pm_timeout"),
    "authorise at provider": both(*CHARGED),
    "capture at provider": both(*PAID, "approve"),
    "void at provider": both(*VOIDED),
    "refund at provider": both("cancel a paid order", *REFUNDED, STRAY),
}
