"""URLs of the inventory context."""

from __future__ import annotations

from django.urls import URLPattern, path

from inventory.api.views import ProductsView, ProductView, StockView

urlpatterns: list[URLPattern] = [
    path("products", ProductsView.as_view(), name="products"),
    path("products/<int:product_id>", ProductView.as_view(), name="product"),
    path("products/<int:product_id>/stock", StockView.as_view(), name="product-stock"),
]
