"""The catalogue list over HTTP: its pages, its parameters and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from inventory import services
from inventory.tests.clients import PRODUCTS, client
from inventory.tests.conftest import make_product

pytestmark = pytest.mark.django_db(databases=["inventory"])


def test_the_list_is_a_plain_array_whose_links_lead_through_every_product() -> None:
    made = [services.create_product(name=f"Lamp {n % 2}", price=100, stock=1, category="Home") for n in range(5)]
    path: str | None = f"{PRODUCTS}?limit=2&sort=-name&category=Home"
    pages: list[list[dict[str, Any]]] = []
    while path:
        answer = client().get(path)
        pages.append(answer.json())
        path = (
            answer["Link"].removeprefix("<http://testserver").removesuffix('>; rel="next"')
            if "Link" in answer
            else None
        )
    assert [len(page) for page in pages] == [2, 2, 1]
    assert [product["id"] for page in pages for product in page] == [made[n] for n in (3, 1, 4, 2, 0)]
    assert pages[0][0] == client().get(f"{PRODUCTS}/{made[3]}").json()


def test_a_full_last_page_has_no_next_link() -> None:
    for _ in range(2):
        make_product()
    assert "Link" not in client().get(f"{PRODUCTS}?limit=2")


def test_a_search_is_sorted_by_relevance_unless_told_otherwise() -> None:
    services.create_product(name="Shade", description="For a lamp.", price=100, stock=1)
    services.create_product(name="Lamp", price=200, stock=0)

    def ask(query: str) -> list[str]:
        return [product["name"] for product in client().get(f"{PRODUCTS}?{query}").json()]

    assert ask("q=lamp") == ["Lamp", "Shade"]
    assert ask("q=lamp&sort=price") == ["Shade", "Lamp"]
    assert ask("q=lamp&in_stock=true") == ["Shade"]
    assert ask("q=lamp&min_price=1.01&max_price=2.00") == ["Lamp"]
    assert ask("q=") == ["Shade", "Lamp"]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=x", "limit"),
        ("after=x", "after"),
        ("after=WyJwcmljZSIsMSwxXQ", "after"),
        ("min_price=-1", "min_price"),
        ("max_price=1.005", "max_price"),
        ("max_price=NaN", "max_price"),
        ("min_price=1e3", "min_price"),
        ("in_stock=yes", "in_stock"),
        ("sort=stock", "sort"),
        ("sort=relevance", "sort"),
        ("q=" + "x" * 201, "q"),
        ("q=a%00b", "q"),
        ("category=a%00b", "category"),
        ("page=2", "page"),
        ("sort=id&sort=name", "sort"),
    ],
)
def test_the_list_refuses_a_wrong_parameter_by_its_name(query: str, name: str) -> None:
    make_product()
    answer = client().get(f"{PRODUCTS}?{query}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


@pytest.mark.parametrize(
    "after", ["WyJpZCIsIngiXQ", "WyJpZCIsMSwyXQ", "bnVsbA", "%F0%9F%A7%A6", "e30", "WyJpZCIsdHJ1ZV0"]
)
def test_the_list_refuses_a_cursor_that_it_did_not_write(after: str) -> None:
    answer = client().get(f"{PRODUCTS}?after={after}")
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["after"])
