"""The keys that verify our tokens, where anybody looks for them: under /.well-known/."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from users.tokens import public_keys

TEXT = {"type": "string"}
KEY = dict.fromkeys(("kty", "use", "alg", "kid", "n", "e"), TEXT)
SCHEMA = {
    "type": "object",
    "required": ["keys"],
    "properties": {"keys": {"type": "array", "items": {"type": "object", "required": [*KEY], "properties": KEY}}},
}


class KeysView(APIView):
    authentication_classes = ()
    permission_classes = (AllowAny,)

    @extend_schema(
        operation_id="get_signing_keys",
        tags=["users"],
        summary="The public keys of our tokens (JWKS, RFC 7517)",
        responses={200: OpenApiResponse(SCHEMA)},
    )
    def get(self, request: Request) -> Response:
        return Response({"keys": public_keys()}, headers={"Cache-Control": "public, max-age=300"})


urlpatterns = [path("jwks.json", KeysView.as_view(), name="jwks")]
