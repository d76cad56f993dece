"""What the API of webhooks takes and gives."""

from __future__ import annotations

from typing import Any, Final

from drf_spectacular.utils import extend_schema_field, extend_schema_serializer
from rest_framework import serializers

from contracts.events import EVENTS
from contracts.http.paging import PageQuery
from contracts.http.serializers import StrictCharField, StrictSerializer
from users.webhook_models import DeliveryStatus
from users.webhooks.sending import Failure

TYPES: Final = [(name, name) for name in sorted({name for name, _ in EVENTS})]
STATUSES: Final = [(status.value, status.value) for status in DeliveryStatus]
FAILURES: Final = [(failure.value, failure.value) for failure in Failure]


class EventTypesField(serializers.ListField):
    child = serializers.ChoiceField(TYPES)

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(min_length=1, max_length=len(TYPES), **kwargs)


class NewEndpoint(StrictSerializer):
    url = StrictCharField(
        max_length=500, help_text="https, port 443 or 8443, on a host whose addresses are all public."
    )
    event_types = EventTypesField()
    description = StrictCharField(max_length=200, allow_blank=True, required=False)


@extend_schema_serializer(component_name="EndpointChanges")
class EndpointChanges(StrictSerializer):
    """Any of the fields."""

    url = StrictCharField(max_length=500, required=False)
    event_types = EventTypesField(required=False)
    description = StrictCharField(max_length=200, allow_blank=True, required=False)
    enabled = serializers.BooleanField(required=False, help_text="What waits keeps waiting for a day, and goes then.")


class EndpointSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    url = serializers.CharField()
    description = serializers.CharField()
    event_types = serializers.ListField(child=serializers.CharField())
    enabled = serializers.SerializerMethodField()
    disabled_at = serializers.DateTimeField(allow_null=True)
    disabled_reason = serializers.CharField(help_text="Empty while it is enabled.")
    previous_until = serializers.DateTimeField(
        allow_null=True, help_text="Until then deliveries are also signed with the secret before the present one."
    )
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()

    def get_enabled(self, endpoint: Any) -> bool:
        return endpoint.disabled_at is None


class EndpointWithSecretSerializer(EndpointSerializer):
    secret = serializers.CharField(help_text="Told now, and never again.")


class DeliveryQuery(PageQuery):
    """The parameters of the delivery log."""

    status = serializers.ChoiceField(
        STATUSES, required=False, help_text="`pending` also between two attempts; `failed`: given up."
    )


class DeliverySerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    endpoint_id = serializers.IntegerField()
    event_id = serializers.UUIDField(help_text="The receiver has it as the header `webhook-id`.")
    type = serializers.CharField(source="event_type")
    status = serializers.ChoiceField(STATUSES)
    attempt_count = serializers.IntegerField(source="attempts")
    next_attempt_at = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)

    @extend_schema_field(serializers.DateTimeField(allow_null=True))
    def get_next_attempt_at(self, delivery: Any) -> Any:
        pending = delivery.status == DeliveryStatus.PENDING
        return serializers.DateTimeField().to_representation(delivery.due_at) if pending else None


class AttemptSerializer(serializers.Serializer[Any]):
    at = serializers.DateTimeField(help_text="When it ended.")
    status_code = serializers.IntegerField(allow_null=True)
    error = serializers.ChoiceField(FAILURES, allow_null=True, help_text="Why there is no status.")
    milliseconds = serializers.IntegerField()


class DeliveryDetailsSerializer(DeliverySerializer):
    body = serializers.CharField(help_text="As it is signed and sent.")
    attempts = AttemptSerializer(
        many=True, source="log", help_text="Those that ended. One whose sender died is only counted."
    )
