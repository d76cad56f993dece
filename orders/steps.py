"""The steps of placing, cancelling and refunding that commit something or ask another context: what a crash must not
break. The order here is that of an order's life.
"""

from __future__ import annotations

from contracts.steps import Step

RESERVE = Step("reserve stock")
INSERT = Step("insert order")
CHARGE = Step("charge")
CONFIRM = Step("confirm order")
AWAIT_ACTION = Step("record next action")
DECLINE = Step("cancel declined order")

CANCEL = Step("move cancelled order")
RELEASE = Step("release stock")
CALL_OFF = Step("cancel payment")

REQUEST_REFUND = Step("request refund")
REFUND = Step("refund payment")
RECORD_REFUND = Step("record refund")
