"""Who may do what with which order."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView


class Staff(BasePermission):
    """Who has the right of orders, as the access token says."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return sees_all(request)


def caller(request: Request) -> int:
    return cast("int", request.user.pk)


def owner(request: Request) -> int | None:
    """Whose orders the caller may see and change: their own; who has the right of orders everybody's: None."""
    return None if sees_all(request) else caller(request)


def sees_all(request: Request) -> bool:
    return "orders" in getattr(request.user, "rights", ())
