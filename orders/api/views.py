"""The orders over HTTP: each view validates, makes one call and renders."""

from __future__ import annotations

import re
from typing import cast

from drf_spectacular.utils import OpenApiParameter, PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError
from rest_framework.views import APIView

from contracts.http.paging import paged, read_cursor
from contracts.http.schema import problems
from contracts.orders import OrderStatus
from orders import selectors, services
from orders.api.rendering import expanded_order_json, order_json
from orders.api.serializers import (
    ExpandedOrderSerializer,
    NewLineSerializer,
    NewLinesSerializer,
    NewOrderSerializer,
    OrderEventSerializer,
    OrderListQuery,
    OrderQuery,
    OrderSerializer,
)

KEY = re.compile(r"[\x21-\x7e]{1,255}")
KEY_PARAMETER = OpenApiParameter(
    "Idempotency-Key",
    {"type": "string", "pattern": "^[!-~]{1,255}$"},
    OpenApiParameter.HEADER,
    description="Up to 255 visible ASCII characters. Repeating a request with its key never orders twice.",
)


def buyer(request: Request) -> int:
    return cast("int", request.user.pk)


def idempotency_key(request: Request) -> str | None:
    key: str | None = request.headers.get("Idempotency-Key")
    if key is not None and not KEY.fullmatch(key):
        raise ValidationError({"Idempotency-Key": ["Must be 1 to 255 visible ASCII characters."]})
    return key


class OrdersView(APIView):
    keyed = True  # a POST with its Idempotency-Key can be repeated

    @extend_schema(
        operation_id="list_orders",
        tags=["orders"],
        parameters=[OrderListQuery],
        responses={200: OrderSerializer(many=True), **problems(400, 401)},
    )
    def get(self, request: Request) -> Response:
        """Your own orders, newest first."""
        query = OrderListQuery.read(request)
        after = read_cursor(query.get("after"), sort="-id", types=(int,))
        orders = selectors.list_orders(
            user_id=buyer(request),
            limit=query["limit"] + 1,
            status=OrderStatus(query["status"]) if "status" in query else None,
            before=after and after[0],
        )
        return paged(
            request,
            orders,
            limit=query["limit"],
            sort="-id",
            key=lambda order: (order.id,),
            render=lambda shown: [order_json(order) for order in shown],
        )

    @extend_schema(
        operation_id="place_order",
        tags=["orders"],
        parameters=[KEY_PARAMETER],
        request=PolymorphicProxySerializer("NewOrder", [NewLineSerializer, NewLinesSerializer], None),
        responses={201: OrderSerializer, **problems(400, 401, 404, 409, 422)},
    )
    def post(self, request: Request) -> Response:
        """Place an order. Without a payment method it is confirmed at once."""
        body = NewOrderSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = services.place_order(user_id=buyer(request), lines=body.lines, key=idempotency_key(request))
        return Response(order_json(order), status=201, headers={"Location": f"/api/v1/orders/{order.id}"})


class OrderView(APIView):
    @extend_schema(
        operation_id="get_order",
        tags=["orders"],
        parameters=[OrderQuery],
        responses={200: ExpandedOrderSerializer, **problems(400, 401, 404)},
    )
    def get(self, request: Request, order_id: int) -> Response:
        """One of your own orders."""
        wanted = OrderQuery.read(request).get("expand", frozenset())
        order = selectors.get_order(order_id=order_id, user_id=buyer(request))
        return Response(expanded_order_json(order, wanted))


class CancelOrderView(APIView):
    @extend_schema(
        operation_id="cancel_order",
        tags=["orders"],
        request=None,
        responses={200: OrderSerializer, **problems(401, 404, 409)},
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Cancel an order of your own; its stock goes back."""
        return Response(order_json(services.cancel_order(order_id=order_id, user_id=buyer(request))))


class OrderEventsView(APIView):
    @extend_schema(
        operation_id="list_order_events",
        tags=["orders"],
        responses={200: OrderEventSerializer(many=True), **problems(401, 404)},
    )
    def get(self, request: Request, order_id: int) -> Response:
        """What happened to an order of your own, from the first event on."""
        events = selectors.list_events(order_id=order_id, user_id=buyer(request))
        return Response(list(events.values("sequence", "type", "created_at")))
