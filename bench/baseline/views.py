"""The orders over HTTP, as a viewset."""

from __future__ import annotations

from collections import Counter
from typing import Any, cast

from django.db.models import QuerySet
from rest_framework import mixins, status, viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from bench.baseline.models import Order
from bench.baseline.placement import place_order
from bench.baseline.serializers import NewOrderSerializer, OrderSerializer


class OrderViewSet(
    mixins.CreateModelMixin, mixins.ListModelMixin, mixins.RetrieveModelMixin, viewsets.GenericViewSet[Order]
):
    serializer_class = OrderSerializer

    def get_queryset(self) -> QuerySet[Order]:
        return Order.objects.filter(user_id=self.request.user.pk).prefetch_related("items").order_by("-pk")

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        body = NewOrderSerializer(data=request.data)
        body.is_valid(raise_exception=True)
        wanted: Counter[int] = Counter()
        for item in body.validated_data["items"]:
            wanted[item["product_id"]] += item["quantity"]
        order = place_order(
            user_id=cast("int", request.user.pk), wanted=wanted, key=request.headers.get("Idempotency-Key") or None
        )
        return Response(self.get_serializer(order).data, status=status.HTTP_201_CREATED)
