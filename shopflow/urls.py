"""Every URL of the one-process shop."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

urlpatterns = [
    path("api/v1/", include("orders.api.urls")),  # the busiest first: they are tried in turn
    path("api/v1/", include("inventory.api.urls")),
    path("api/v1/users/", include("users.api.urls")),
    path("", include("shopflow.http.urls")),
    path(".well-known/", include("users.api.wellknown")),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    path("admin/", admin.site.urls),
]

handler400 = "shopflow.http.error_pages.bad_request"
handler403 = "shopflow.http.error_pages.forbidden"
handler404 = "shopflow.http.error_pages.not_found"
handler500 = "shopflow.http.error_pages.server_error"
