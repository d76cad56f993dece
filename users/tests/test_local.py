from __future__ import annotations

import pytest

from contracts.ports import ports
from contracts.users import GetUser, User as ContractUser, UserNotFound
from users.models import User

pytestmark = pytest.mark.django_db(databases=["users"])


@pytest.mark.parametrize("active", [True, False])
def test_gives_an_account_whether_or_not_it_is_closed(ada: User, *, active: bool) -> None:
    User.objects.update(is_active=active)

    assert ports().users.get_user(GetUser(user_id=ada.pk)) == ContractUser(
        user_id=ada.pk, username="ada", email="ada@example.com", created_at=ada.created_at
    )


def test_says_that_there_is_no_such_user() -> None:
    with pytest.raises(UserNotFound) as caught:
        ports().users.get_user(GetUser(user_id=404))

    assert caught.value == UserNotFound(user_id=404)
