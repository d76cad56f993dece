"""The shop in which the back office's pages are timed: it is sound, and each page is one of it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench import back_office, imports, servers
from bench.back_office import PAGES, StaffPage
from bench.back_office_seed import Size, make_trouble
from bench.options import parse
from bench.postgres import Cluster, cluster as new_cluster
from bench.report import _staff_pages
from bench.targets import Results, targets

SIZE = Size(products=500, orders=2_000)


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[Cluster, servers.Environment]]:
    with new_cluster(back_office.databases(), durable=False) as cluster:
        yield cluster, back_office.prepare(cluster, SIZE, print)


@pytest.mark.e2e
def test_the_shop_holds_together_and_every_page_of_it_is_there(shop: tuple[Cluster, servers.Environment]) -> None:
    cluster, environment = shop
    report = servers.manage(environment, "verify_shop")
    assert [line.split()[:2] for line in report.splitlines() if " the history of each order" in line] == [
        ["ok", "2,000"]
    ]
    make_trouble(cluster)

    pages = back_office.time_pages(cluster, environment, SIZE, requests=1)

    assert [page.kind for page in pages] == list(PAGES)
    assert [file.rows > SIZE.products / 2 for file in imports.measure(environment, products=SIZE.products)] == [
        True
    ] * 3


def test_the_slowest_step_of_a_file_is_the_figure() -> None:
    files = [imports.File(what="counts", rows=50_000, checked=3.0, applied=61.2, undone=5.0)]
    (target,) = targets(Results(files=files))
    assert (target.measured, target.met) == ("61.2 s", False)


def test_the_slowest_page_is_the_figure() -> None:
    pages = [StaffPage(kind=kind, path="/", p50=1.0, p95=p95) for kind, p95 in (("fast", 20.0), ("slow", 301.0))]
    results = Results(options={"orders": 1_000_000}, staff_pages=pages)
    (target,) = targets(results)
    assert (target.measured, target.met) == ("301 ms, slow", False)
    assert "**no**" in _staff_pages(results)


def test_there_are_four_orders_for_each_product() -> None:
    assert [(parse(given).goods, parse(given).orders) for given in ([], ["--orders", "1000"])] == [
        (250_000, 1_000_000),
        (250, 1_000),
    ]
