"""The catalogue over HTTP: each view validates, makes one call and renders."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import status
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contracts.http.paging import paged, read_cursor
from contracts.http.schema import problems
from contracts.http.serializers import StrictSerializer
from inventory import selectors, services
from inventory.api.permissions import StaffChange, may
from inventory.api.serializers import (
    NewProduct,
    ProductChanges,
    ProductQuery,
    ProductSerializer,
    StockChange,
    render_product,
    wanted,
)
from inventory.catalogue_sql import ORDERS
from inventory.models import MovementKind
from inventory.stock import adjust_stock

ANYONE: list[Any] = [{}, {"bearer": []}]
"""For the OpenAPI document: no token is needed, and one that is sent must be good."""


class CatalogueView(APIView):
    permission_classes = [StaffChange]
    right = "catalogue"
    invalid_status = status.HTTP_422_UNPROCESSABLE_ENTITY


class ProductsView(CatalogueView):
    @extend_schema(
        operation_id="list_products",
        parameters=[ProductQuery],
        responses={200: ProductSerializer(many=True), **problems(400, 401)},
        auth=ANYONE,
    )
    def get(self, request: Request) -> Response:
        """The catalogue, by pages."""
        query = ProductQuery.read(request)
        limit, sort = query["limit"], query["sort"]
        after = read_cursor(query.get("after"), sort=sort, types=ORDERS[sort].key)
        rows = selectors.list_products(wanted=wanted(query), sort=sort, after=after, limit=limit + 1)
        return paged(request, rows, limit=limit, sort=sort, key=lambda row: row.key, render=_render)

    @extend_schema(
        operation_id="create_product",
        request=NewProduct,
        responses={201: ProductSerializer, **problems(400, 401, 403, 409, 422)},
    )
    def post(self, request: Request) -> Response:
        """Put a product on sale. An opening stock is stock: it needs that right too."""
        product = _valid(NewProduct, request)
        if product["stock"] and not may(request, "stock"):
            raise PermissionDenied
        product_id = services.create_product(**product, actor_id=_actor(request))
        response = _product(product_id, status=status.HTTP_201_CREATED)
        response["Location"] = f"{request.path}/{product_id}"
        return response


class ProductView(CatalogueView):
    @extend_schema(operation_id="get_product", responses={200: ProductSerializer, **problems(401, 404)}, auth=ANYONE)
    def get(self, request: Request, product_id: int) -> Response:
        """One product."""
        return _product(product_id)

    @extend_schema(
        operation_id="update_product",
        request=ProductChanges,
        responses={200: ProductSerializer, **problems(400, 401, 403, 404, 409, 422)},
    )
    def patch(self, request: Request, product_id: int) -> Response:
        """Change what is given, except the stock."""
        changes = _valid(ProductChanges, request, partial=True)
        if changes:
            services.update_product(product_id=product_id, **changes)
        return _product(product_id)

    @extend_schema(operation_id="archive_product", responses={204: None, **problems(401, 403, 404)})
    def delete(self, request: Request, product_id: int) -> Response:
        """Take a product off sale."""
        services.archive_product(product_id=product_id)
        return Response(status=status.HTTP_204_NO_CONTENT)


class StockView(CatalogueView):
    right = "stock"

    @extend_schema(
        operation_id="adjust_stock",
        request=StockChange,
        responses={200: ProductSerializer, **problems(400, 401, 403, 404, 422)},
    )
    def put(self, request: Request, product_id: int) -> Response:
        """Add to the stock or take from it; 400 where it would go below zero, with what is available."""
        change = _valid(StockChange, request)
        adjust_stock(
            product_id=product_id,
            delta=change["quantity_change"],
            kind=MovementKind.ADJUSTMENT,
            reason=change.get("reason", ""),
            actor_id=_actor(request),
        )
        return _product(product_id)


def _valid(serializer: type[StrictSerializer], request: Request, *, partial: bool = False) -> dict[str, Any]:
    body = serializer(data=request.data, partial=partial)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)


def _actor(request: Request) -> int | None:
    return request.user.id if request.user else None


def _product(product_id: int, *, status: int = status.HTTP_200_OK) -> Response:
    return Response(render_product(selectors.get_product(product_id=product_id)), status=status)


def _render(rows: Any) -> list[dict[str, Any]]:
    return [render_product(row.product) for row in rows]
