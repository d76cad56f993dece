"""The inventory's contract, kept by its own services and selectors."""

from __future__ import annotations

from collections.abc import Iterable

from contracts.inventory import (
    CommitReservation,
    GetProducts,
    InventoryService,
    Product,
    Products,
    ReleaseReservation,
    Reservation,
    ReservationStatus,
    ReserveStock,
)
from contracts.money import Money
from inventory import selectors, stock
from inventory.models import Product as ProductRow


class Inventory(InventoryService):
    def get_products(self, request: GetProducts) -> Products:
        return _products(selectors.products_by_id(request.product_ids))

    def get_products_on_sale(self, request: GetProducts) -> Products:
        return _products(selectors.products_on_sale(request.product_ids))

    def reserve_stock(self, request: ReserveStock) -> Reservation:
        return stock.reserve_stock(
            reservation_id=request.reservation_id, lines=request.lines, ttl_seconds=request.ttl_seconds
        )

    def commit_reservation(self, request: CommitReservation) -> ReservationStatus:
        state = stock.commit_reservation(reservation_id=request.reservation_id)
        return ReservationStatus(reservation_id=request.reservation_id, state=state)

    def release_reservation(self, request: ReleaseReservation) -> ReservationStatus:
        state = stock.release_reservation(reservation_id=request.reservation_id)
        return ReservationStatus(reservation_id=request.reservation_id, state=state)


def _products(rows: Iterable[ProductRow]) -> Products:
    return Products(
        products=tuple(
            Product(
                product_id=row.pk,
                sku=row.sku,
                name=row.name,
                description=row.description,
                category=row.category,
                price=Money(currency=row.currency, minor=row.price),
                stock=row.stock,
                active=row.active,
            )
            for row in rows
        )
    )
