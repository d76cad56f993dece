"""Who has gone is logged out, also where a page of theirs goes on asking."""

from __future__ import annotations

from time import time

import pytest
from django.test import Client
from django.urls import reverse

from shopflow.back_office.session_limits import SEEN
from shopflow.back_office.tests.people import member

pytestmark = pytest.mark.django_db(databases=["users"])
PAGE = reverse("admin:invariants")


@pytest.fixture
def away() -> Client:
    """For twenty minutes, with a page open."""
    client = Client()
    client.force_login(member("operations"))
    client.get(PAGE)
    session = client.session
    session[SEEN] = int(time()) - 20 * 60
    session.save()
    return client


def minutes_away(client: Client) -> int:
    seen: int = client.session[SEEN]
    return (int(time()) - seen) // 60


def test_a_page_that_somebody_opens_is_noted(away: Client) -> None:
    assert away.get(PAGE).status_code == 200
    assert minutes_away(away) == 0


def test_a_page_that_asks_by_itself_keeps_nobody_logged_in(away: Client) -> None:
    assert away.get(PAGE, headers={"HX-Request": "true"}).status_code == 200
    assert minutes_away(away) == 20
