"""Placing an order with the ORM: one transaction that locks the products, checks them and writes every row."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.utils import timezone

from bench.baseline.errors import IdempotencyKeyReused, MixedCurrencies, OutOfStock, ProductNotFound
from bench.baseline.models import (
    Order,
    OrderEvent,
    OrderLine,
    OutboxEvent,
    Product,
    Reservation,
    ReservationLine,
    StockMovement,
)

HELD_FOR = timedelta(minutes=15)


def place_order(*, user_id: int, wanted: Counter[int], key: str | None) -> Order:
    """Sell what is wanted to the user, all or nothing; with a `key`, once."""
    fingerprint = hashlib.sha256(json.dumps(sorted(wanted.items())).encode()).hexdigest()
    if key is not None and (earlier := _earlier(user_id, key, fingerprint)):
        return earlier
    try:
        with transaction.atomic():
            products = _take(wanted)
            reservation = _reserve(products, wanted)
            return _insert(
                Order(user_id=user_id, idempotency_key=key, fingerprint=fingerprint), products, wanted, reservation
            )
    except IntegrityError:  # another request with this key was faster
        earlier = _earlier(user_id, key, fingerprint) if key is not None else None
        if earlier is None:
            raise
        return earlier


def _earlier(user_id: int, key: str, fingerprint: str) -> Order | None:
    order = Order.objects.filter(user_id=user_id, idempotency_key=key).first()
    if order and order.fingerprint != fingerprint:
        raise IdempotencyKeyReused
    return order


def _take(wanted: Mapping[int, int]) -> list[Product]:
    """The products, locked in id order, with their stock reduced."""
    products = list(Product.objects.select_for_update().filter(pk__in=wanted, active=True).order_by("pk"))
    if missing := wanted.keys() - {product.pk for product in products}:
        raise ProductNotFound(product_id=min(missing))
    for product in products:
        if product.stock < wanted[product.pk]:
            raise OutOfStock(product_id=product.pk, requested=wanted[product.pk], available=product.stock)
    if len({product.currency for product in products}) > 1:
        raise MixedCurrencies
    for product in products:
        product.stock -= wanted[product.pk]
    Product.objects.bulk_update(products, ["stock"])
    return products


def _reserve(products: list[Product], wanted: Mapping[int, int]) -> Reservation:
    reservation = Reservation.objects.create(expires_at=timezone.now() + HELD_FOR)
    ReservationLine.objects.bulk_create(
        ReservationLine(reservation=reservation, product=product, quantity=wanted[product.pk]) for product in products
    )
    StockMovement.objects.bulk_create(
        StockMovement(product=product, delta=-wanted[product.pk], kind="reservation", reference=str(reservation.pk))
        for product in products
    )
    return reservation


def _insert(order: Order, products: list[Product], wanted: Mapping[int, int], reservation: Reservation) -> Order:
    order.status = "confirmed"
    order.currency = products[0].currency
    order.total_price = sum(wanted[product.pk] * product.price for product in products)
    order.reservation = reservation
    order.save()
    OrderLine.objects.bulk_create(
        OrderLine(
            order=order, product=product, name=product.name, quantity=wanted[product.pk], unit_price=product.price
        )
        for product in products
    )
    OrderEvent.objects.create(order=order, type="order.confirmed")
    data = {"order_id": order.pk, "reservation_id": str(reservation.pk), "user_id": order.user_id}
    OutboxEvent.objects.create(type="order.confirmed", data=data)
    return order
