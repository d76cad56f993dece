"""URLs of webhooks, under /api/v1/webhooks/."""

from __future__ import annotations

from django.urls import path

from users.api import webhooks as views

urlpatterns = [
    path("endpoints", views.EndpointsView.as_view(), name="webhook-endpoints"),
    path("endpoints/<int:endpoint_id>", views.EndpointView.as_view(), name="webhook-endpoint"),
    path("endpoints/<int:endpoint_id>/rotate", views.RotateSecretView.as_view(), name="webhook-rotate"),
    path("endpoints/<int:endpoint_id>/deliveries", views.EndpointDeliveriesView.as_view(), name="webhook-deliveries"),
    path("deliveries/<int:delivery_id>", views.DeliveryView.as_view(), name="webhook-delivery"),
    path("deliveries/<int:delivery_id>/redeliver", views.RedeliverView.as_view(), name="webhook-redeliver"),
]
