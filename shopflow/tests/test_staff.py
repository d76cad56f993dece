from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import LazySettings

from shopflow.local_run.errors import CannotStart
from shopflow.local_run.staff import Staff, ready_staff
from users.models import User

pytestmark = pytest.mark.django_db(databases=["users"])


@pytest.fixture(autouse=True)
def _state(settings: LazySettings, tmp_path: Path) -> None:
    settings.STATE_DIR, settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = tmp_path, "", ""


def test_a_password_that_is_refused_is_one_clear_line(settings: LazySettings) -> None:
    settings.ADMIN_PASSWORD = "123"

    with pytest.raises(CannotStart) as caught:
        ready_staff()

    assert str(caught.value) == (
        "SHOPFLOW_ADMIN_PASSWORD is refused: This password is too short. It must contain at least 6 characters."
        " This password is too common. This password is entirely numeric."
    )
    assert not User.objects.exists()


def test_the_password_of_a_staff_user_who_is_there_is_not_looked_at(settings: LazySettings) -> None:
    settings.ADMIN_PASSWORD = "correct horse 7"
    assert ready_staff() == Staff("admin@shopflow.local", "(from SHOPFLOW_ADMIN_PASSWORD)")
    settings.ADMIN_PASSWORD = "123"

    assert ready_staff() == Staff("admin@shopflow.local", "(as it was set at an earlier start)")


def test_a_made_up_password_is_never_refused() -> None:
    made_up = ready_staff()

    assert ready_staff() == made_up
