"""The users contract, served from this process."""

from __future__ import annotations

import contracts.users as contract
from users import selectors


class Users(contract.UsersService):
    def get_user(self, request: contract.GetUser) -> contract.User:
        """Closed accounts too: what they ordered is still theirs."""
        user = selectors.user_by_id(request.user_id)
        if user is None:
            raise contract.UserNotFound(user_id=request.user_id)
        return contract.User(user_id=user.pk, username=user.username, email=user.email, created_at=user.created_at)
