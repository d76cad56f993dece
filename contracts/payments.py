"""What the payments context promises."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass

from contracts.base import Contract, rpc
from contracts.errors import Precondition
from contracts.money import Money


class PaymentDeclined(Precondition):
    """The payment was declined."""

    code = "payment_declined"
    order_id: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """Take the money for an order, once: the order's id is the key under which a repeated call is the same call."""

    order_id: int
    amount: Money
    payment_method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Payment:
    payment_id: str
    order_id: int
    amount: Money


class PaymentsService(Contract, package="shopflow.payments.v1"):
    @rpc(raises=(PaymentDeclined,), idempotent=True, timeout=10.0, callers=("orders",))
    @abstractmethod
    def charge(self, request: Charge) -> Payment: ...
