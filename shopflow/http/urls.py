"""What is neither a context's API nor the back office."""

from __future__ import annotations

from django.urls import path
from django.views.generic import RedirectView

from shopflow.http.operations import HealthView, LiveView, ReadyView, metrics

urlpatterns = [
    path("", RedirectView.as_view(pattern_name="docs")),
    path("admin", RedirectView.as_view(pattern_name="admin:index")),
    path("health", HealthView.as_view()),
    path("health/user", HealthView.as_view(service="user-service", contexts=("users",))),
    path("health/order", HealthView.as_view(service="order-service", contexts=("orders",))),
    path("health/inventory", HealthView.as_view(service="inventory-service", contexts=("inventory",))),
    path("health/live", LiveView.as_view()),
    path("health/ready", ReadyView.as_view()),
    path("metrics", metrics),
]
