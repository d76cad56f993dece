"""The orders over HTTP: each view validates, makes one call and renders."""

from __future__ import annotations

from drf_spectacular.utils import PolymorphicProxySerializer, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contracts.http.paging import paged, read_cursor
from contracts.http.schema import problems
from contracts.orders import OrderStatus
from orders import selectors, services
from orders.api.keys import KEY_PARAMETER, idempotency_key
from orders.api.permissions import caller, owner
from orders.api.rendering import event_json, expanded_order_json, order_json
from orders.api.serializers import (
    ExpandedOrderSerializer,
    NewLineOrderSerializer,
    NewLinesSerializer,
    NewOrderSerializer,
    OrderEventSerializer,
    OrderListQuery,
    OrderQuery,
    OrderSerializer,
)


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
            user_id=caller(request),
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
        request=PolymorphicProxySerializer("NewOrder", [NewLineOrderSerializer, NewLinesSerializer], None),
        responses={201: OrderSerializer, 202: OrderSerializer, **problems(400, 401, 402, 404, 409, 422)},
    )
    def post(self, request: Request) -> Response:
        """Place an order. Without a payment method it is confirmed at once.

        With one it is confirmed once it is paid. 201 with `pending`: the customer has to do what `next_action` says.
        202: what became of the payment is not known yet; it is settled without you, or repeat the request with its key.
        """
        body = NewOrderSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        order = services.place_order(
            user_id=caller(request),
            lines=body.lines,
            key=idempotency_key(request),
            payment_method=body.validated_data.get("payment_method", ""),
        )
        unknown = order.status is OrderStatus.PENDING and order.next_action is None
        location = {"Location": f"/api/v1/orders/{order.id}"}
        return Response(order_json(order), status=202 if unknown else 201, headers=location)


class OrderView(APIView):
    @extend_schema(
        operation_id="get_order",
        tags=["orders"],
        parameters=[OrderQuery],
        responses={200: ExpandedOrderSerializer, **problems(400, 401, 404)},
    )
    def get(self, request: Request, order_id: int) -> Response:
        """One of your own orders; for staff, any."""
        wanted = OrderQuery.read(request).get("expand", frozenset())
        order = selectors.get_order(order_id=order_id, user_id=owner(request))
        return Response(expanded_order_json(order, wanted))


class CancelOrderView(APIView):
    @extend_schema(
        operation_id="cancel_order",
        tags=["orders"],
        request=None,
        responses={200: OrderSerializer, **problems(401, 404, 409)},
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Cancel an order of your own, or as staff any, before it is shipped; its stock and its money go back."""
        user_id = owner(request)
        actor_id = caller(request) if user_id is None else None
        return Response(order_json(services.cancel_order(order_id=order_id, user_id=user_id, actor_id=actor_id)))


class OrderEventsView(APIView):
    @extend_schema(
        operation_id="list_order_events",
        tags=["orders"],
        responses={200: OrderEventSerializer(many=True), **problems(401, 404)},
    )
    def get(self, request: Request, order_id: int) -> Response:
        """What happened to an order of your own, or for staff to any, from the first event on."""
        events = selectors.list_events(order_id=order_id, user_id=owner(request))
        return Response([event_json(event) for event in events])
