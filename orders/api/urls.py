"""URLs of the orders context."""

from __future__ import annotations

from django.urls import path

from orders.api import fulfilment_views, refund_views, views

urlpatterns = [
    path("orders", views.OrdersView.as_view(), name="orders"),
    path("orders/<int:order_id>", views.OrderView.as_view(), name="order"),
    path("orders/<int:order_id>/cancel", views.CancelOrderView.as_view(), name="cancel-order"),
    path("orders/<int:order_id>/events", views.OrderEventsView.as_view(), name="order-events"),
    path("orders/<int:order_id>/ship", fulfilment_views.ShipOrderView.as_view(), name="ship-order"),
    path("orders/<int:order_id>/deliver", fulfilment_views.DeliverOrderView.as_view(), name="deliver-order"),
    path("orders/<int:order_id>/refunds", refund_views.RefundsView.as_view(), name="order-refunds"),
    path("orders/<int:order_id>/returns", refund_views.ReturnsView.as_view(), name="order-returns"),
]
