"""Orders as JSON, by plain functions: on this path, the hottest, a serializer per line costs more than its SQL."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from typing import Any

from contracts.inventory import Product
from contracts.money import MINOR_UNITS
from contracts.users import User
from orders.expansion import expand
from orders.models import OrderEvent
from orders.refund_selectors import RefundDetails
from orders.selectors import OrderDetails


def order_json(order: OrderDetails) -> dict[str, Any]:
    only = order.lines[0] if len(order.lines) == 1 else None
    return {
        "id": order.id,
        "user_id": order.user_id,
        "status": order.status.value,
        "total_price": order.total / MINOR_UNITS,
        "refunded": order.refunded / MINOR_UNITS,
        "currency": order.currency,
        "next_action": order.next_action and asdict(order.next_action),
        "items": [
            {
                "product_id": line.product_id,
                "name": line.name,
                "quantity": line.quantity,
                "unit_price": line.unit_price / MINOR_UNITS,
                "refunded": line.refunded,
            }
            for line in order.lines
        ],
        "product_id": only.product_id if only else None,
        "quantity": only.quantity if only else None,
        "created_at": order.created_at,
        "updated_at": order.updated_at,
    }


def expanded_order_json(order: OrderDetails, wanted: Collection[str]) -> dict[str, Any]:
    found, warnings = expand(order, wanted)
    body = order_json(order)
    if "user" in found:
        body["user"] = found["user"] and _user_json(found["user"])
    if "products" in found:
        body["products"] = found["products"] and [_product_json(product) for product in found["products"]]
    if warnings:
        body["warnings"] = warnings
    return body


def event_json(event: OrderEvent) -> dict[str, Any]:
    data = {name: value for name, value in event.data.items() if name != "actor_id"}  # staff's, for staff alone
    if "lines" in data:
        data["items"] = _items_json(data.pop("lines"))
        data["amount"] /= MINOR_UNITS
    return {"sequence": event.sequence, "type": event.type, "data": data, "created_at": event.created_at}


def refund_json(refund: RefundDetails) -> dict[str, Any]:
    return {
        "id": refund.id,
        "order_id": refund.order_id,
        "state": refund.state.value,
        "amount": refund.amount / MINOR_UNITS,
        "currency": refund.currency,
        "items": _items_json(refund.lines),
        "restock": refund.restock,
        "reason": refund.reason,
        "created_at": refund.created_at,
        "updated_at": refund.updated_at,
    }


def _items_json(lines: Iterable[Sequence[int]]) -> list[dict[str, int]]:
    return [{"product_id": product_id, "quantity": quantity} for product_id, quantity in lines]


def _user_json(user: User) -> dict[str, Any]:
    return {"id": user.user_id, "username": user.username, "email": user.email}


def _product_json(product: Product) -> dict[str, Any]:
    return {
        "id": product.product_id,
        "sku": product.sku,
        "name": product.name,
        "description": product.description,
        "category": product.category,
        "price": product.price.minor / MINOR_UNITS,
        "currency": product.price.currency,
        "stock": product.stock,
    }
