"""The inventory's contract, kept by its own services and selectors."""

from __future__ import annotations

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


class Inventory(InventoryService):
    def get_products(self, request: GetProducts) -> Products:
        return Products(
            products=tuple(
                Product(
                    product_id=product.pk,
                    sku=product.sku,
                    name=product.name,
                    description=product.description,
                    category=product.category,
                    price=Money(currency=product.currency, minor=product.price),
                    stock=product.stock,
                    active=product.active,
                )
                for product in selectors.products_by_id(request.product_ids)
            )
        )

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
