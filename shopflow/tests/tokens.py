"""Access tokens for tests: of any user id, without an account behind it, as every context but users sees them."""

from __future__ import annotations

from collections.abc import Iterable

from users.tokens import RIGHTS, AccessToken


def bearer(*, user_id: int, is_staff: bool = False, rights: Iterable[str] | None = None) -> dict[str, str]:
    """Staff may do everything, where `rights` does not say what."""
    token = AccessToken()
    token["user_id"] = user_id
    token["is_staff"] = is_staff
    token["rights"] = [*(RIGHTS if is_staff and rights is None else rights or ())]
    return {"Authorization": f"Bearer {token}"}
