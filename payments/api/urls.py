"""URLs of the payments context."""

from __future__ import annotations

from django.urls import path

from payments.api import views

urlpatterns = [
    path("webhooks/<slug:provider>", views.WebhookView.as_view(), name="payment-webhook"),
    path("simulated/<slug:reference>", views.SimulatedPaymentView.as_view(), name="simulated-payment"),
]
