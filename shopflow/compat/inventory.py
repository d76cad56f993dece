"""`inventory.InventoryService` of the first ShopFlow."""

from __future__ import annotations

from contracts.compat import QuantityNotPositive
from contracts.generated.compat.v0.inventory_pb2 import (
    DESCRIPTOR,
    CheckStockRequest,
    CheckStockResponse,
    GetProductRequest,
    GetProductResponse,
    UpdateStockRequest,
    UpdateStockResponse,
)
from contracts.inventory import ProductNotFound
from contracts.money import MINOR_UNITS
from inventory import selectors
from inventory.errors import StockWouldGoNegative
from inventory.models import MovementKind
from inventory.stock import adjust_stock
from shopflow.compat.service import ANY_SERVICE, ORDERS_ONLY, CompatMethod, CompatService, stock_as_int32

REASON = "compatibility"
REFUSED = -1


def get_product(request: GetProductRequest) -> GetProductResponse:
    product = selectors.get_product(product_id=request.product_id)
    return GetProductResponse(
        product_id=product["id"],
        name=product["name"],
        description=product["description"],
        price=product["price"] / MINOR_UNITS,
        stock=stock_as_int32(product["stock"]),
    )


def check_stock(request: CheckStockRequest) -> CheckStockResponse:
    if request.quantity < 1:
        raise QuantityNotPositive(quantity=request.quantity)
    stock = _stock_of(request.product_id)
    return CheckStockResponse(available=stock >= request.quantity, current_stock=stock_as_int32(stock))


def update_stock(request: UpdateStockRequest) -> UpdateStockResponse:
    try:
        stock = _changed(product_id=request.product_id, delta=request.quantity_change)
    except (ProductNotFound, StockWouldGoNegative):
        return UpdateStockResponse(success=False, new_stock=REFUSED)
    return UpdateStockResponse(success=True, new_stock=stock_as_int32(stock))


def _changed(*, product_id: int, delta: int) -> int:
    """The stock after it. A change by nothing is no line of the ledger."""
    if not delta:
        return _stock_of(product_id)
    return adjust_stock(product_id=product_id, delta=delta, kind=MovementKind.ADJUSTMENT, reason=REASON)


def _stock_of(product_id: int) -> int:
    return int(selectors.get_product(product_id=product_id)["stock"])


SERVICE = CompatService(
    descriptor=DESCRIPTOR.services_by_name["InventoryService"],
    context="inventory",
    methods=(
        CompatMethod(get_product, callers=ANY_SERVICE, raises=(ProductNotFound,)),
        CompatMethod(check_stock, callers=ANY_SERVICE, raises=(ProductNotFound, QuantityNotPositive)),
        CompatMethod(update_stock, callers=ORDERS_ONLY),
    ),
)
