"""Refunds and returns over HTTP."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.permissions import IsAuthenticated
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import ValidationError
from rest_framework.views import APIView

from contracts.http.schema import problems
from contracts.payments import RefundState
from orders import refund_selectors, refunds, selectors
from orders.api.keys import KEY_PARAMETER, idempotency_key
from orders.api.permissions import Staff, caller, owner
from orders.api.refund_serializers import NewRefundSerializer, NewReturnSerializer, RefundSerializer
from orders.api.rendering import refund_json
from orders.refund_selectors import RefundDetails


class RefundsView(APIView):
    keyed = True  # a POST with its Idempotency-Key can be repeated

    @extend_schema(
        operation_id="list_refunds",
        tags=["orders"],
        responses={200: RefundSerializer(many=True), **problems(401, 404)},
    )
    def get(self, request: Request, order_id: int) -> Response:
        """The refunds of an order of your own, or for staff of any, the oldest first."""
        order = selectors.get_order(order_id=order_id, user_id=owner(request))
        return Response([refund_json(refund) for refund in refund_selectors.list_refunds(order_id=order.id)])

    @extend_schema(
        operation_id="refund_order",
        tags=["orders"],
        parameters=[KEY_PARAMETER],
        request=NewRefundSerializer,
        responses={201: RefundSerializer, 202: RefundSerializer, **problems(400, 401, 404, 409, 422)},
    )
    def post(self, request: Request, order_id: int) -> Response:
        """Give an order back, whole or in part: your own before it is shipped; staff any. 202: it is under way."""
        body = NewRefundSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        restock = body.validated_data.get("restock")
        user_id, key = owner(request), idempotency_key(request)
        if user_id is None:
            return _answer(
                refunds.refund_as_staff(
                    order_id=order_id,
                    actor_id=caller(request),
                    items=body.lines,
                    reason=body.reason_given,
                    restock=restock,
                    key=key,
                )
            )
        if restock is not None:
            raise ValidationError({"restock": ["Only staff decide this."]})
        return _answer(
            refunds.refund_own(order_id=order_id, user_id=user_id, items=body.lines, reason=body.reason_given, key=key)
        )


class ReturnsView(APIView):
    permission_classes = [IsAuthenticated, Staff]
    keyed = True

    @extend_schema(
        operation_id="take_order_back",
        tags=["orders"],
        parameters=[KEY_PARAMETER],
        request=NewReturnSerializer,
        responses={201: RefundSerializer, 202: RefundSerializer, **problems(400, 401, 403, 404, 409, 422)},
    )
    def post(self, request: Request, order_id: int) -> Response:
        """What was shipped has come back: it is refunded and can be sold again. 202: the money is under way."""
        body = NewReturnSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        return _answer(
            refunds.take_back(
                order_id=order_id,
                actor_id=caller(request),
                items=body.lines,
                reason=body.reason_given,
                key=idempotency_key(request),
            )
        )


def _answer(refund: RefundDetails) -> Response:
    return Response(refund_json(refund), status=202 if refund.state is RefundState.REQUESTED else 201)
