"""What staff do with an order, over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contracts.http.schema import problems
from orders import services
from orders.api.permissions import Staff, caller
from orders.api.refund_serializers import ShipmentSerializer
from orders.api.rendering import order_json
from orders.api.serializers import OrderSerializer


class ShipOrderView(APIView):
    permission_classes = [IsAuthenticated, Staff]

    @extend_schema(
        operation_id="ship_order",
        tags=["orders"],
        request=ShipmentSerializer,
        responses={200: OrderSerializer, **problems(400, 401, 403, 404, 409)},
    )
    def post(self, request: Request, order_id: int) -> Response:
        """By staff: a confirmed order is on its way."""
        body = ShipmentSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        tracking = body.validated_data.get("tracking", "")
        return Response(order_json(services.ship_order(order_id=order_id, tracking=tracking, actor_id=caller(request))))


class DeliverOrderView(APIView):
    permission_classes = [IsAuthenticated, Staff]

    @extend_schema(
        operation_id="deliver_order",
        tags=["orders"],
        request=None,
        responses={200: OrderSerializer, **problems(401, 403, 404, 409)},
    )
    def post(self, request: Request, order_id: int) -> Response:
        """By staff: a shipped order has arrived."""
        return Response(order_json(services.deliver_order(order_id=order_id, actor_id=caller(request))))
