"""The real URLs, and views that fail in each way a view can."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import connections
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import path
from rest_framework import exceptions
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contracts.base import time_left
from contracts.caller import current_caller
from contracts.errors import AlreadyExists, DeadlineExceeded, Internal, OutcomeUnknown, PeerUnavailable, Unauthenticated
from contracts.http.paging import PageQuery
from contracts.http.serializers import StrictCharField, StrictIntegerField, StrictSerializer
from contracts.inventory import OutOfStock
from contracts.money import Money
from shopflow import urls as real

handler400, handler403, handler404, handler500 = real.handler400, real.handler403, real.handler404, real.handler500


class Taken(AlreadyExists):
    """This name is taken."""

    code = "name_taken"
    http_status: ClassVar[int] = 422
    price: Money


class LineBody(StrictSerializer):
    quantity = StrictIntegerField(min_value=1)


class Body(StrictSerializer):
    name = StrictCharField()
    lines = LineBody(many=True, required=False)


class EchoView(APIView):
    permission_classes = [AllowAny]

    def get(self, request: Request) -> Response:
        return Response(PageQuery.read(request))

    def post(self, request: Request) -> Response:
        body = Body(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(body.validated_data)


class Echo422View(EchoView):
    invalid_status = 422


class PrivateView(APIView):
    def get(self, request: Request) -> Response:
        caller = current_caller()
        return Response({"user_id": caller.user_id, "request_id": caller.request_id, "time_left": time_left()})


def lost_connection() -> None:
    with connections["inventory"].cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")


def lost_inside_a_call() -> None:
    try:
        lost_connection()
    except Exception as error:
        raise OutcomeUnknown(method="shopflow.inventory.v1.InventoryService/reserve_stock") from error


@dataclass(frozen=True)
class Raise:
    error: Exception

    def __call__(self) -> None:
        raise self.error


FAILURES: Mapping[str, Callable[[], None]] = {
    "out-of-stock": Raise(OutOfStock(product_id=7, requested=5, available=2)),
    "taken": Raise(Taken(price=Money(currency="EUR", minor=2550))),
    "bad-credentials": Raise(Unauthenticated()),
    "peer-unavailable": Raise(PeerUnavailable(peer="inventory")),
    "deadline": Raise(DeadlineExceeded(method="secret.internal/name")),
    "outcome-unknown": Raise(OutcomeUnknown(method="secret.internal/name")),
    "internal": Raise(Internal(method="secret.internal/name")),
    "bug": Raise(RuntimeError("secret of ann@shop.test")),
    "lost-connection": lost_connection,
    "lost-inside-a-call": lost_inside_a_call,
    "not-found": Raise(Http404("No Product matches the given query.")),
    "forbidden": Raise(PermissionDenied("because")),
    "suspicious": Raise(SuspiciousOperation("because")),
    "throttled": Raise(exceptions.Throttled(wait=41.2)),
    "plain-validation": Raise(exceptions.ValidationError("Not both.")),
}


class FailingView(APIView):
    permission_classes = [AllowAny]
    authentication_classes = []

    def get(self, request: Request, kind: str) -> Response:
        FAILURES[kind]()
        return Response()

    post = put = get


class FailingKeyedView(FailingView):
    keyed = True


def failing_page(request: HttpRequest, kind: str) -> HttpResponse:
    FAILURES[kind]()
    return HttpResponse()


def refusing_page(request: HttpRequest) -> HttpResponse:
    return HttpResponse("<h1>no</h1>", status=405, headers={"Allow": "POST"})


urlpatterns: list[Any] = [
    *real.urlpatterns,
    path("api/v1/echo", EchoView.as_view()),
    path("api/v1/echo422", Echo422View.as_view()),
    path("api/v1/private", PrivateView.as_view()),
    path("api/v1/fail/<str:kind>", FailingView.as_view()),
    path("api/v1/fail-keyed/<str:kind>", FailingKeyedView.as_view()),
    path("page/refusing", refusing_page),
    path("page/<str:kind>", failing_page),
]
