"""Whose orders they are, asked of the users context. A page goes without names where that does not answer."""

from __future__ import annotations

import logging
from collections.abc import Iterable

from contracts.errors import Failed
from contracts.ports import ports
from contracts.users import MAX_USERS, FindUsers, GetUsers, User

logger = logging.getLogger(__name__)


def people(user_ids: Iterable[int]) -> dict[int, User]:
    """By id; nobody where users does not answer. At most MAX_USERS of them are asked for."""
    wanted = tuple(sorted(set(user_ids))[:MAX_USERS])
    if not wanted:
        return {}
    try:
        found = ports().users.get_users(GetUsers(user_ids=wanted)).users
    except Failed as failure:
        logger.warning("a page of the back office goes without names: %s", failure.code)
        return {}
    return {user.user_id: user for user in found}


def ids_named(name: str) -> list[int]:
    """Who has this e-mail address or username. Failed where users does not answer."""
    return [user.user_id for user in ports().users.find_users(FindUsers(name=name)).users]


def name_of(user_id: int, known: dict[int, User]) -> str:
    return known[user_id].username if user_id in known else f"user {user_id}"
