"""`user.UserService` of the first ShopFlow."""

from __future__ import annotations

from rest_framework_simplejwt.exceptions import TokenError

from contracts.compat import TooLargeForInt32
from contracts.generated.compat.v0.user_pb2 import (
    DESCRIPTOR,
    GetUserRequest,
    GetUserResponse,
    ValidateTokenRequest,
    ValidateTokenResponse,
)
from contracts.users import GetUser, UserNotFound
from shopflow.compat.service import ANY_SERVICE, LARGEST_INT32, ORDERS_ONLY, CompatMethod, CompatService
from users import selectors
from users.errors import AccountClosed
from users.local import Users
from users.models import User
from users.tokens import AccessToken


def validate_token(request: ValidateTokenRequest) -> ValidateTokenResponse:
    """Looks the account up, unlike the API, which believes a token for its 15 minutes: these clients ask to be sure."""
    holder = _holder(request.token)
    if holder is None:
        return ValidateTokenResponse(valid=False)
    if holder.pk > LARGEST_INT32:  # "not valid" would be a lie, and 0 somebody else
        raise TooLargeForInt32(field="user_id")
    return ValidateTokenResponse(valid=True, user_id=holder.pk, email=holder.email, username=holder.username)


def get_user(request: GetUserRequest) -> GetUserResponse:
    user = Users().get_user(GetUser(user_id=request.user_id))
    return GetUserResponse(
        user_id=user.user_id, email=user.email, username=user.username, created_at=user.created_at.isoformat()
    )


def _holder(token: str) -> User | None:
    try:
        user_id = AccessToken(token).get("user_id")  # type: ignore[arg-type]  # the stub takes a Token for its text
        return selectors.active_user(user_id) if type(user_id) is int else None
    except (TokenError, AccountClosed):
        return None


SERVICE = CompatService(
    descriptor=DESCRIPTOR.services_by_name["UserService"],
    context="users",
    methods=(
        CompatMethod(validate_token, callers=ANY_SERVICE, raises=(TooLargeForInt32,)),
        CompatMethod(get_user, callers=ORDERS_ONLY, raises=(UserNotFound,)),
    ),
)
