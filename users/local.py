"""The users contract, served from this process."""

from __future__ import annotations

import contracts.users as contract
from users import selectors
from users.models import User


class Users(contract.UsersService):
    def get_user(self, request: contract.GetUser) -> contract.User:
        """Closed accounts too: what they ordered is still theirs."""
        user = selectors.user_by_id(request.user_id)
        if user is None:
            raise contract.UserNotFound(user_id=request.user_id)
        return _told(user)

    def get_users(self, request: contract.GetUsers) -> contract.Users:
        if len(request.user_ids) > contract.MAX_USERS:
            raise contract.TooManyUsers(limit=contract.MAX_USERS)
        found = selectors.users_by_id(request.user_ids)
        return contract.Users(users=tuple(_told(found[id]) for id in sorted(found)))

    def find_users(self, request: contract.FindUsers) -> contract.Users:
        return contract.Users(users=tuple(map(_told, selectors.users_named(request.name))))


def _told(user: User) -> contract.User:
    return contract.User(user_id=user.pk, username=user.username, email=user.email, created_at=user.created_at)
