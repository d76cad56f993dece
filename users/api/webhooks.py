"""The API of webhooks, for staff: each view validates, makes one call, renders."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contracts.http.paging import PageQuery, paged, read_cursor
from contracts.http.schema import problems
from contracts.http.serializers import StrictSerializer
from users.api.permissions import Staff
from users.api.webhook_serializers import (
    DeliveryDetailsSerializer,
    DeliveryQuery,
    DeliverySerializer,
    EndpointChanges,
    EndpointSerializer,
    EndpointWithSecretSerializer,
    NewEndpoint,
)
from users.webhooks import endpoints, selectors

PRIVATE = {"Cache-Control": "no-store"}
TAGS = ["webhooks"]


class WebhookView(APIView):
    permission_classes = (Staff,)
    invalid_status = 422


class EndpointsView(WebhookView):
    @extend_schema(
        operation_id="list_webhook_endpoints",
        tags=TAGS,
        parameters=[PageQuery],
        responses={200: EndpointSerializer(many=True), **problems(400, 401, 403)},
    )
    def get(self, request: Request) -> Response:
        """The endpoints, from the oldest on."""
        query = PageQuery.read(request)
        after = read_cursor(query.get("after"), sort="id", types=(int,))
        return paged(
            request,
            selectors.list_endpoints(limit=query["limit"] + 1, after=after and after[0]),
            limit=query["limit"],
            sort="id",
            key=lambda endpoint: (endpoint.pk,),
            render=lambda shown: EndpointSerializer(shown, many=True).data,
        )

    @extend_schema(
        operation_id="register_webhook_endpoint",
        tags=TAGS,
        request=NewEndpoint,
        responses={201: EndpointWithSecretSerializer, **problems(400, 401, 403, 422)},
    )
    def post(self, request: Request) -> Response:
        """Register an endpoint. Its secret is told now, and never again."""
        endpoint = endpoints.register_endpoint(**_valid(NewEndpoint, request))
        headers = {**PRIVATE, "Location": f"{request.path}/{endpoint.pk}"}
        return Response(EndpointWithSecretSerializer(endpoint).data, status=201, headers=headers)


class EndpointView(WebhookView):
    @extend_schema(
        operation_id="get_webhook_endpoint",
        tags=TAGS,
        responses={200: EndpointSerializer, **problems(401, 403, 404)},
    )
    def get(self, request: Request, endpoint_id: int) -> Response:
        """One endpoint."""
        return Response(EndpointSerializer(selectors.get_endpoint(endpoint_id=endpoint_id)).data)

    @extend_schema(
        operation_id="update_webhook_endpoint",
        tags=TAGS,
        request=EndpointChanges,
        responses={200: EndpointSerializer, **problems(400, 401, 403, 404, 422)},
    )
    def patch(self, request: Request, endpoint_id: int) -> Response:
        """Change what is given; disable it, or enable it again."""
        changed = endpoints.update_endpoint(endpoint_id=endpoint_id, **_valid(EndpointChanges, request))
        return Response(EndpointSerializer(changed).data)

    @extend_schema(
        operation_id="delete_webhook_endpoint",
        tags=TAGS,
        responses={204: None, **problems(401, 403, 404)},
    )
    def delete(self, request: Request, endpoint_id: int) -> Response:
        """Delete an endpoint, with its deliveries."""
        endpoints.delete_endpoint(endpoint_id=endpoint_id)
        return Response(status=204)


class RotateSecretView(WebhookView):
    @extend_schema(
        operation_id="rotate_webhook_secret",
        tags=TAGS,
        request=None,
        responses={200: EndpointWithSecretSerializer, **problems(401, 403, 404)},
    )
    def post(self, request: Request, endpoint_id: int) -> Response:
        """Get a new secret. For a day, the one before it signs, too."""
        endpoint = endpoints.rotate_secret(endpoint_id=endpoint_id)
        return Response(EndpointWithSecretSerializer(endpoint).data, headers=PRIVATE)


class EndpointDeliveriesView(WebhookView):
    @extend_schema(
        operation_id="list_webhook_deliveries",
        tags=TAGS,
        parameters=[DeliveryQuery],
        responses={200: DeliverySerializer(many=True), **problems(400, 401, 403, 404)},
    )
    def get(self, request: Request, endpoint_id: int) -> Response:
        """The deliveries of an endpoint, newest first."""
        query = DeliveryQuery.read(request)
        after = read_cursor(query.get("after"), sort="-id", types=(int,))
        deliveries = selectors.list_deliveries(
            endpoint_id=endpoint_id,
            limit=query["limit"] + 1,
            status=query.get("status"),
            before=after and after[0],
        )
        return paged(
            request,
            deliveries,
            limit=query["limit"],
            sort="-id",
            key=lambda delivery: (delivery.pk,),
            render=lambda shown: DeliverySerializer(shown, many=True).data,
        )


class DeliveryView(WebhookView):
    @extend_schema(
        operation_id="get_webhook_delivery",
        tags=TAGS,
        responses={200: DeliveryDetailsSerializer, **problems(401, 403, 404)},
    )
    def get(self, request: Request, delivery_id: int) -> Response:
        """One delivery, with its attempts."""
        return Response(DeliveryDetailsSerializer(selectors.get_delivery(delivery_id=delivery_id)).data)


class RedeliverView(WebhookView):
    @extend_schema(
        operation_id="redeliver_webhook",
        tags=TAGS,
        request=None,
        responses={202: DeliverySerializer, **problems(401, 403, 404, 409)},
    )
    def post(self, request: Request, delivery_id: int) -> Response:
        """Send it once more, whatever came of it before."""
        return Response(DeliverySerializer(endpoints.redeliver(delivery_id=delivery_id)).data, status=202)


def _valid(serializer: type[StrictSerializer], request: Request) -> dict[str, Any]:
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
