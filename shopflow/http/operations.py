"""What an operator asks: is it healthy, is it ready, what are its figures."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from drf_spectacular.utils import extend_schema
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contracts.http.serializers import StrictSerializer
from shopflow.grpc.channels import peer_answers
from shopflow.observability.health import asked, unmigrated, unreachable


class HealthSerializer(StrictSerializer):
    status = serializers.ChoiceField(choices=["healthy", "unhealthy"])
    service = serializers.CharField()
    failing = serializers.ListField(child=serializers.CharField(), required=False, help_text="Where it is unhealthy.")


documented = extend_schema(responses={200: HealthSerializer, 503: HealthSerializer}, auth=[], tags=["health"])


class HealthView(APIView):
    """Whether the databases behind a service answer, and the services that it calls."""

    authentication_classes = []
    permission_classes = [AllowAny]
    service = "shopflow"
    contexts: tuple[str, ...] = settings.HOSTED
    peers: tuple[str, ...] = tuple(context for context in settings.CONTEXTS if context not in settings.HOSTED)

    @documented
    def get(self, request: Request) -> Response:
        with asked(self.peers, peer_answers) as silent_peers:
            failing = self.without_database()
            return self.answer([*failing, *(f"{peer} service" for peer in silent_peers())])

    def without_database(self) -> list[str]:
        return [f"{context} database" for context in unreachable(self.contexts)]

    def answer(self, failing: list[str]) -> Response:
        if failing:
            unhealthy = {"status": "unhealthy", "service": self.service, "failing": failing}
            return Response(unhealthy, status=503, headers={"Cache-Control": "no-store"})
        return Response({"status": "healthy", "service": self.service}, headers={"Cache-Control": "no-store"})


class LiveView(HealthView):
    """Whether the process answers at all: a failing database is no reason to restart it."""

    @extend_schema(responses=HealthSerializer, auth=[], tags=["health"])
    def get(self, request: Request) -> Response:
        return self.answer([])


class ReadyView(HealthView):
    """Whether the process can serve: its databases answer and have the tables that this code expects."""

    @documented
    def get(self, request: Request) -> Response:
        failing = self.without_database()
        return self.answer(failing or [f"{context} migrations" for context in unmigrated(self.contexts)])


def metrics(request: HttpRequest) -> HttpResponse:
    return HttpResponse(generate_latest(), content_type=CONTENT_TYPE_LATEST)
