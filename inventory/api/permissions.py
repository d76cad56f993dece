"""Who may change the catalogue."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView


class StaffChange(BasePermission):
    """Anyone reads. Staff with the view's `right` write, or anyone where CATALOG_WRITES says so (local demos)."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if request.method in SAFE_METHODS:
            return True
        return may(request, view.right)  # type: ignore[attr-defined]  # each view of the catalogue has one


def may(request: Request, right: str) -> bool:
    if settings.CATALOG_WRITES == "anyone":
        return True
    return right in getattr(request.user, "rights", ())
