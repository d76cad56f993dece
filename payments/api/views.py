"""The payments over HTTP: what providers tell us, and the page of the simulated one."""

from __future__ import annotations

from typing import Any

from django.http import Http404
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contracts.http.schema import problems
from payments import news, simulation
from payments.api.serializers import Approval, SimulatedPaymentSerializer, WebhookSerializer, render_simulated

SIGNATURES = {"simulated": "ShopFlow-Signature", "stripe": "Stripe-Signature"}
"""The header in which a provider signs."""
REFERENCE = OpenApiParameter("reference", str, OpenApiParameter.PATH, pattern="^sim_[0-9a-f]{32}$")
OF_WEBHOOK = [
    OpenApiParameter("provider", str, OpenApiParameter.PATH, enum=[*SIGNATURES], description="The one in use."),
    *(
        OpenApiParameter(name, str, OpenApiParameter.HEADER, description=f"Of {provider}: a time and an HMAC.")
        for provider, name in SIGNATURES.items()
    ),
]


class PublicView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)


class WebhookView(PublicView):
    @extend_schema(
        operation_id="receive_payment_webhook",
        parameters=OF_WEBHOOK,
        request=None,
        responses={200: WebhookSerializer, **problems(400, 404, 413)},
    )
    def post(self, request: Request, provider: str) -> Response:
        """For the payment provider, whose signature is the only way in. The body is its event, of whatever type."""
        signature = request.headers.get(SIGNATURES.get(provider, ""), "")
        heard = news.hear(provider=provider, body=request.body, signature=signature)
        return Response({"outcome": heard.value})


class SimulatedPaymentView(PublicView):
    """Where the simulated provider sends a customer. Nothing of it is there where payments are real."""

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not simulation.is_open():
            raise Http404

    @extend_schema(
        operation_id="get_simulated_payment",
        parameters=[REFERENCE],
        responses={200: SimulatedPaymentSerializer, **problems(404)},
    )
    def get(self, request: Request, reference: str) -> Response:
        """What the simulated provider asks the customer to approve."""
        return Response(render_simulated(simulation.show(reference=reference)))

    @extend_schema(
        operation_id="answer_simulated_payment",
        parameters=[REFERENCE],
        request=Approval,
        responses={200: SimulatedPaymentSerializer, **problems(400, 404, 409)},
    )
    def post(self, request: Request, reference: str) -> Response:
        """What the customer says. The provider tells the shop by its webhook, before it answers."""
        answer = Approval(data=request.data)
        answer.is_valid(raise_exception=True)
        return Response(render_simulated(simulation.answer(reference=reference, **answer.validated_data)))
