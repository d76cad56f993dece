"""However many customers there are, the back office finds and lists accounts by indexes."""

from __future__ import annotations

import re

import pytest
from django.db import connections
from django.db.models import QuerySet
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from users.models import User
from users.selectors import named

pytestmark = pytest.mark.django_db(databases=["users"])

MANY = """
    INSERT INTO users_user (username, email, password, is_superuser, is_staff, is_active)
    SELECT 'customer-' || n, 'customer-' || n || '@example.com', '', false, false, true
    FROM generate_series(1, 5000) AS n
"""
LIST = User.objects.order_by("-id")


@pytest.fixture
def many() -> User:
    """Among them a first, who is everything that the filters ask for."""
    owner = User.objects.create_superuser(username="owner", email="owner@shop.example")
    with connections["users"].cursor() as cursor:
        cursor.execute(MANY)
        cursor.execute("ANALYZE users_user")
    return owner


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize(
    ("accounts", "indexes"),
    [
        (named("customer-7@example.com"), {"email_unique_whatever_its_case", "username_unique_whatever_its_case"}),
        (LIST.filter(is_staff=True), {"user_staff"}),
        (LIST.filter(is_superuser=True), {"user_superuser"}),
        (LIST.filter(is_active=False), {"user_closed"}),
        (LIST, {"users_user_pkey"}),
    ],
)
def test_nobody_is_found_by_a_look_at_everybody(accounts: QuerySet[User], indexes: set[str]) -> None:
    plan = accounts[:50].explain()
    assert "Seq Scan" not in plan
    assert {index for index in indexes if f" {index} " in plan} == indexes, plan


def test_what_the_page_asks_is_what_the_indexes_answer(client: Client, many: User) -> None:
    client.force_login(many)
    for asked in ({"q": "customer-7"}, {"q": "7"}, {"is_staff__exact": "1"}, {"is_active__exact": "0"}):
        with CaptureQueriesContext(connections["users"]) as queries:
            assert client.get(reverse("admin:users_user_changelist"), asked).status_code == 200
        with connections["users"].cursor() as cursor:
            for query in queries:
                if re.search('FROM "users_user"', query["sql"]):
                    cursor.execute(f"EXPLAIN {query['sql']}")
                    plan = "\n".join(line for (line,) in cursor.fetchall())
                    assert "Seq Scan on users_user" not in plan, query["sql"]
