"""The URLs of this process: those of the parts that it serves, and the operator's.

The document at /api/schema/ is of the whole API, whichever part of it this process serves: a gateway joins them.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain

from django.conf import settings
from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from shopflow.http.urls import operations

Patterns = list[URLPattern | URLResolver]

API: dict[str, Patterns] = {  # the busiest first: they are tried in turn
    "orders": [path("api/v1/", include("orders.api.urls"))],
    "inventory": [path("api/v1/", include("inventory.api.urls"))],
    "users": [
        path("api/v1/users/", include("users.api.urls")),
        path("api/v1/webhooks/", include("users.api.webhook_urls")),
        path(".well-known/", include("users.api.wellknown")),
    ],
    "payments": [path("api/v1/payments/", include("payments.api.urls"))],
}
WHOLE_API = [*chain.from_iterable(API.values()), *operations(settings.CONTEXTS)]
PARTS: dict[str, Patterns] = {
    **API,
    "docs": [
        path("", RedirectView.as_view(pattern_name="docs")),
        path("api/schema/", SpectacularAPIView.as_view(patterns=WHOLE_API), name="schema"),
        path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="docs"),
    ],
    "backoffice": [
        path("admin", RedirectView.as_view(pattern_name="admin:index")),
        path("admin/", admin.site.urls),
    ],
}


def patterns_of(parts: Iterable[str], *, hosted: Iterable[str]) -> Patterns:
    """Of a process that serves `parts` and hosts the contexts `hosted`."""
    served = [*chain.from_iterable(PARTS[part] for part in PARTS if part in parts)]
    return [*served, *operations(hosted)]


urlpatterns = patterns_of(settings.SERVE, hosted=settings.HOSTED)

handler400 = "shopflow.http.error_pages.bad_request"
handler403 = "shopflow.http.error_pages.forbidden"
handler404 = "shopflow.http.error_pages.not_found"
handler500 = "shopflow.http.error_pages.server_error"
