"""Access tokens for tests: of any user id, without an account behind it, as every context but users sees them."""

from __future__ import annotations

from users.tokens import AccessToken


def bearer(*, user_id: int, is_staff: bool = False) -> dict[str, str]:
    token = AccessToken()
    token["user_id"] = user_id
    token["is_staff"] = is_staff
    return {"Authorization": f"Bearer {token}"}
