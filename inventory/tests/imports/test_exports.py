"""What is exported can be imported again, and does no harm in a spreadsheet."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape
from openpyxl import load_workbook

from inventory.import_models import ImportKind
from inventory.imports import exporting
from inventory.models import Product
from inventory.tests.conftest import make_product
from inventory.tests.imports.conftest import check, problems

pytestmark = pytest.mark.django_db(databases=["users", "inventory"])


@pytest.fixture
def reader() -> Client:
    return member("view_product")


def member(*rights: str) -> Client:
    user = get_user_model()._default_manager.create_user(
        username="mo", email="mo@example.com", password="correct horse 7", is_staff=True
    )
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def awkward() -> list[Product]:
    """Products with all that files and spreadsheets trip over."""
    products = [
        make_product(sku="A.1", name="=cmd|' /C calc'!A0", description='+1\n-2\r\n"quoted", and; more\ttabs'),
        make_product(sku="00042", name="'tis", description="<b>&amp;</b> ]]>", category="@home", price=1),
        make_product(sku="1E5", name="''", low_stock_at=7, image_url="https://img.example/a.png?x=1&y=2"),
        make_product(sku="MAR-1", name="Überzug 漢字 🙂", price=999999999, currency="SEK", active=False),
        make_product(sku="TRUE", name="-5", stock_level=0),
    ]  # fmt: skip
    Product.objects.filter(sku="TRUE").update(active=False, archived_at=datetime.now(UTC))
    return products


def export(client: Client, kind: str, suffix: str, **query: str) -> bytes:
    answer: Any = client.get(reverse("admin:inventory_import_export", args=[kind, suffix]), query)
    assert answer.status_code == 200
    return b"".join(answer.streaming_content)


@pytest.mark.parametrize("suffix", ["csv", "xlsx"])
@pytest.mark.parametrize("kind", [*ImportKind])
def test_an_export_imported_again_changes_nothing(
    reader: Client, awkward: list[Product], kind: ImportKind, suffix: str
) -> None:
    it = check(export(reader, kind, suffix), kind=kind)
    assert (problems(it), it.rows, it.differences) == ([], len(awkward), 0)


def test_no_cell_of_a_csv_file_is_a_formula(reader: Client, awkward: list[Product]) -> None:
    rows = [*csv.reader(io.StringIO(export(reader, "products", "csv").decode("utf-8-sig"), newline=""))]
    assert rows[1][:2] == ["A.1", "'=cmd|' /C calc'!A0"]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_the_cells_of_an_xlsx_file_are_texts_and_numbers(reader: Client, awkward: list[Product]) -> None:
    sheet = load_workbook(io.BytesIO(export(reader, "products", "xlsx"))).worksheets[0]
    cells = {(cell.row, cell.column): (cell.value, cell.data_type) for row in sheet.iter_rows() for cell in row}
    assert cells[(2, 2)] == ("=cmd|' /C calc'!A0", "s")
    assert (cells[(3, 1)], cells[(3, 4)]) == (("00042", "s"), (0.01, "n"))
    assert cells[(4, 8)] == (7, "n")
    assert sheet["D3"].number_format == "0.00"
    assert sheet["A3"].number_format == "@"


def test_stock_is_exported_as_a_list_to_count_with(reader: Client) -> None:
    make_product(sku="LAMP", name="Lamp", category="Home", stock_level=12)
    assert export(reader, "stock", "csv") == "\ufeffsku,name,category,counted\r\nLAMP,Lamp,Home,12\r\n".encode()


def test_only_what_the_list_shows_is_exported(reader: Client) -> None:
    make_product(sku="LAMP", name="Lamp")
    make_product(sku="KETTLE", name="Kettle")
    text = export(reader, "products", "csv", q="kettle").decode()
    assert ("KETTLE" in text, "LAMP" in text) == (True, False)


def test_is_written_part_by_part(reader: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "AT_ONCE", 2)
    for _ in range(5):
        make_product()
    for suffix in ("csv", "xlsx"):
        with CaptureQueriesContext(connections["inventory"]) as queries:
            it = check(export(reader, "products", suffix))
        assert it.rows == 5
        pages = [query for query in queries if 'ORDER BY "inventory_product"."id" ASC LIMIT 2' in query["sql"]]
        assert len(pages) == 4


@pytest.mark.parametrize("path", ["orders.csv", "products.pdf"])
def test_what_there_is_not_is_not_found(reader: Client, path: str) -> None:
    assert reader.get(f"{reverse('admin:inventory_import_changelist')}export/{path}").status_code == 404


def test_exports_are_for_those_who_may_see_products() -> None:
    client = member("import_products", "import_stock", "change_product")
    for kind in ImportKind.values:
        assert client.get(reverse("admin:inventory_import_export", args=[kind, "csv"])).status_code == 403
    assert Client().get(reverse("admin:inventory_import_export", args=["products", "csv"])).status_code == 302


def test_the_list_of_products_leads_to_the_export_of_what_it_shows(reader: Client) -> None:
    make_product(sku="LAMP", name="Lamp", category="Home")
    make_product(sku="SOFA", name="Sofa", category="Living & co")
    page = reader.get(reverse("admin:inventory_product_changelist"), {"category": "Living & co", "p": "0"})
    links = [export["link"] for export in page.context["exports"]]
    assert all(f'href="{escape(link)}"' in page.content.decode() for link in links)
    answer: Any = reader.get(links[0])
    assert [row[:4] for row in b"".join(answer.streaming_content).decode("utf-8-sig").splitlines()] == ["sku,", "SOFA"]
    told = LogEntry.objects.get().get_change_message()
    assert told == "Exported products as CSV: category Living & co"


def test_the_stock_page_leads_to_a_list_to_count_with() -> None:
    client = member("view_stockmovement", "view_product")
    page = client.get(reverse("admin:inventory_stock"))
    links = [export["link"] for export in page.context["exports"]]
    assert links == [reverse("admin:inventory_import_export", args=["stock", suffix]) for suffix in ("csv", "xlsx")]
    assert all(f'href="{link}"' in page.content.decode() for link in links)


def test_whoever_may_not_see_products_is_led_to_no_export() -> None:
    page = member("view_stockmovement").get(reverse("admin:inventory_stock"))
    assert page.context["exports"] == []
