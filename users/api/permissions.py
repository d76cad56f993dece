"""Who may see and change what is the shop's own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

if TYPE_CHECKING:
    from rest_framework.views import APIView


class Staff(BasePermission):
    """Who has the right of operations, as the access token says."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return "operations" in getattr(request.user, "rights", ())
