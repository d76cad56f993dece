"""What the payments API takes and gives."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from contracts.http.fields import TotalField
from contracts.http.serializers import StrictBooleanField, StrictSerializer
from payments.news import Heard
from payments.provider.interface import ProviderState
from payments.provider.simulated import Action

STATES = [state.value for state in ProviderState]


class WebhookSerializer(serializers.Serializer[Any]):
    outcome = serializers.ChoiceField(
        choices=[heard.value for heard in Heard],
        help_text="`known`: it had been applied before; `ignored`: it is not about a payment of this shop.",
    )


class Approval(StrictSerializer):
    approve = StrictBooleanField(help_text="`false`: the payment is declined.")


class SimulatedPaymentSerializer(serializers.Serializer[Any]):
    reference = serializers.CharField()
    order_id = serializers.IntegerField()
    amount = TotalField()
    currency = serializers.CharField()
    state = serializers.ChoiceField(choices=STATES, help_text="`requires_action`: POST what the customer says.")


def render_simulated(action: Action) -> dict[str, Any]:
    shown = {
        "reference": action.reference,
        "order_id": action.order_id,
        "amount": action.amount.minor,
        "currency": action.amount.currency,
        "state": action.state.value,
    }
    return SimulatedPaymentSerializer(shown).data
