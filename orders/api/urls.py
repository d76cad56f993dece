"""URLs of the orders context."""

from __future__ import annotations

from django.urls import path

from orders.api import views

urlpatterns = [
    path("orders", views.OrdersView.as_view(), name="orders"),
    path("orders/<int:order_id>", views.OrderView.as_view(), name="order"),
    path("orders/<int:order_id>/cancel", views.CancelOrderView.as_view(), name="cancel-order"),
    path("orders/<int:order_id>/events", views.OrderEventsView.as_view(), name="order-events"),
]
