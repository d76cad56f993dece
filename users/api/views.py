"""The API of accounts: each view validates, makes one call, renders."""

from __future__ import annotations

from typing import Any, NoReturn

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from contracts.http.schema import problems
from users import selectors, services, sessions
from users.api.serializers import (
    AccountSerializer,
    LoginSerializer,
    PasswordChangeSerializer,
    ProfileSerializer,
    RefreshTokenSerializer,
    RegisterSerializer,
    TokenPairSerializer,
)
from users.api.throttles import LoginThrottle, PasswordThrottle, RegisterThrottle

PRIVATE = {"Cache-Control": "no-store"}
BODY = (400, 413, 415, 422)
"""What can be wrong with any body."""


class PublicView(APIView):
    authentication_classes = ()  # a token that comes along is not even looked at: it may be the expired one
    permission_classes = (AllowAny,)
    invalid_status = 422


class RegisterView(PublicView):
    throttle_classes = (RegisterThrottle,)

    @extend_schema(
        operation_id="register",
        tags=["users"],
        summary="Open an account",
        request=RegisterSerializer,
        responses={201: AccountSerializer, **problems(*BODY, 409, 429)},
    )
    def post(self, request: Request) -> Response:
        user = services.register(**_body(RegisterSerializer, request))
        return Response(AccountSerializer(user).data, status=201, headers=PRIVATE)


class LoginView(PublicView):
    throttle_classes = (LoginThrottle,)

    @extend_schema(
        operation_id="login",
        tags=["users"],
        summary="Log in",
        request=LoginSerializer,
        responses={200: TokenPairSerializer, **problems(*BODY, 401, 429)},
    )
    def post(self, request: Request) -> Response:
        return _tokens(services.login(**_body(LoginSerializer, request)))


class RefreshView(PublicView):
    @extend_schema(
        operation_id="refresh",
        tags=["users"],
        summary="Get the next pair of tokens",
        description="A refresh token is good once. Coming with it again revokes every token of its login.",
        request=RefreshTokenSerializer,
        responses={200: TokenPairSerializer, **problems(*BODY, 401)},
    )
    def post(self, request: Request) -> Response:
        return _tokens(sessions.refresh(**_body(RefreshTokenSerializer, request)))


class LogoutView(PublicView):
    @extend_schema(
        operation_id="logout",
        tags=["users"],
        summary="End a login",
        description="Access tokens given out before stay good until they expire.",
        request=RefreshTokenSerializer,
        responses={200: OpenApiResponse({"type": "object", "maxProperties": 0}), **problems(*BODY, 401)},
    )
    def post(self, request: Request) -> Response:
        sessions.logout(**_body(RefreshTokenSerializer, request))
        return Response({})


class OwnAccountView(APIView):
    """Without a token 403, unlike everywhere else; with a bad one 401."""

    invalid_status = 422

    def permission_denied(self, request: Request, message: str | None = None, code: str | None = None) -> NoReturn:
        if request.successful_authenticator is None:
            raise PermissionDenied("An access token is needed.", code="not_authenticated")
        super().permission_denied(request, message, code)


class MeView(OwnAccountView):
    @extend_schema(
        operation_id="get_me",
        tags=["users"],
        summary="Your account",
        responses={200: AccountSerializer, **problems(401, 403)},
    )
    def get(self, request: Request) -> Response:
        user = selectors.active_user(_user_id(request))
        return Response(AccountSerializer(user).data, headers=PRIVATE)

    @extend_schema(
        operation_id="update_me",
        tags=["users"],
        summary="Change your username or email",
        request=ProfileSerializer,
        responses={200: AccountSerializer, **problems(*BODY, 401, 403, 409)},
    )
    def patch(self, request: Request) -> Response:
        user = services.update_profile(user_id=_user_id(request), **_body(ProfileSerializer, request))
        return Response(AccountSerializer(user).data, headers=PRIVATE)


class MyPasswordView(OwnAccountView):
    throttle_classes = (PasswordThrottle,)

    @extend_schema(
        operation_id="change_my_password",
        tags=["users"],
        summary="Change your password",
        description="Ends every login of the account; the answer holds the tokens of a new one.",
        request=PasswordChangeSerializer,
        responses={200: TokenPairSerializer, **problems(*BODY, 401, 403, 429)},
    )
    def post(self, request: Request) -> Response:
        return _tokens(services.change_password(user_id=_user_id(request), **_body(PasswordChangeSerializer, request)))


def _body(serializer_class: type[Any], request: Request) -> dict[str, Any]:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    return dict(serializer.validated_data)


def _user_id(request: Request) -> int:
    return int(request.user.pk)  # type: ignore[arg-type]  # a TokenUser, that the stubs do not know of


def _tokens(pair: sessions.TokenPair) -> Response:
    return Response(TokenPairSerializer(pair).data, headers=PRIVATE)
