"""The pages of an import: who may, what they show, what they leave behind."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from inventory.import_models import Import, ImportKind, ImportState
from inventory.imports.job import run_imports
from inventory.models import Product
from inventory.tests.conftest import make_product
from inventory.tests.imports.conftest import PRODUCTS, STOCK, apply, check
from shopflow.back_office.tests.people import member as in_group

pytestmark = pytest.mark.django_db(databases=["users", "inventory"])

UPLOAD = {kind: reverse(f"admin:inventory_import_{kind}") for kind in ImportKind.values}
LIST = reverse("admin:inventory_import_changelist")


def member(*rights: str) -> Client:
    user = get_user_model()._default_manager.create_user(
        username="mo", email="mo@example.com", password="correct horse 7", is_staff=True
    )
    user.user_permissions.set(Permission.objects.filter(codename__in=rights))
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def keeper() -> Client:
    return member("import_products", "import_stock", "view_product")


def url(name: str, it: Import) -> str:
    return reverse(f"admin:inventory_import_{name}", args=[it.pk])


def text(answer: Any) -> str:
    page: str = answer.content.decode()
    return " ".join(page.split())


def upload(client: Client, content: bytes, *, kind: str = "products", name: str = "list.csv") -> Any:
    return client.post(UPLOAD[kind], {"file": SimpleUploadedFile(name, content)})


def test_a_file_is_uploaded_looked_at_confirmed_and_undone(keeper: Client) -> None:
    product = make_product(sku="LAMP", name="Lamp", price=2550)
    answer = upload(keeper, b"sku,name,price\nLAMP,Desk lamp,26\n")
    it = Import.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, url("change", it))
    assert 'id="import-progress"' in text(keeper.get(url("change", it)))
    run_imports()
    shown = text(keeper.get(url("change", it)))
    assert "Nothing changes until you confirm it" in shown
    assert "name: <del>Lamp</del> → <b>Desk lamp</b>" in shown
    assert "price: <del>25.50</del> → <b>26.00</b>" in shown
    keeper.post(url("confirm", it))
    run_imports()
    assert "Undo the whole import" in text(keeper.get(url("change", it)))
    product.refresh_from_db()
    assert product.name == "Desk lamp"
    keeper.post(url("undo", it))
    run_imports()
    assert "Undone." in text(keeper.get(url("change", it)))
    product.refresh_from_db()
    assert product.name == "Lamp"
    assert [*LogEntry.objects.order_by("id").values_list("change_message", flat=True)] == [
        "Uploaded list.csv (Products); nothing is changed yet",
        "Confirmed: 0 to create, 1 to change",
        "Asked to undo it: 0 created, 1 changed",
    ]


def test_what_is_wrong_is_shown_and_cannot_be_confirmed(keeper: Client) -> None:
    it = check('sku,name,price\nLAMP,Lamp,"3,50"\n')
    shown = text(keeper.get(url("change", it)))
    assert "It is all or nothing" in shown
    assert "Write it with a point" in shown
    assert url("confirm", it) not in shown
    keeper.post(url("confirm", it))
    it.refresh_from_db()
    assert it.state == ImportState.CHECKED
    assert not LogEntry.objects.exists()


def test_progress_is_a_bar_until_there_is_nothing_to_wait_for(keeper: Client) -> None:
    upload(keeper, b"sku,name,price\nLAMP,Lamp,26\n")
    it = Import.objects.get()
    Import.objects.filter(pk=it.pk).update(done=1000, total=50000)
    waiting = keeper.get(url("progress", it))
    assert "Checking… 1,000 of 50,000 lines" in text(waiting)
    assert 'value="1000" max="50000"' in text(waiting)
    assert "HX-Refresh" not in waiting
    run_imports()
    assert keeper.get(url("progress", it))["HX-Refresh"] == "true"


def test_long_tables_come_in_parts(keeper: Client) -> None:
    lines = "".join(f"S-{n},Lamp {n},1\n" for n in range(101))
    it = check(f"sku,name,price\n{lines}")
    first = text(keeper.get(url("change", it)))
    assert ("S-99<" in first.replace(" ", ""), "S-100<" in first.replace(" ", "")) == (True, False)
    rest = text(keeper.get(url("change", it), {"after": "101"}))
    assert ("S-99<" in rest.replace(" ", ""), "S-100<" in rest.replace(" ", "")) == (False, True)


@pytest.mark.parametrize("file", [b"", None])
def test_a_form_without_a_file_says_so(keeper: Client, file: bytes | None) -> None:
    form = {} if file is None else {"file": SimpleUploadedFile("list.csv", file)}
    answer = keeper.post(UPLOAD["products"], form)
    assert answer.status_code == 200
    assert ("empty" if file == b"" else "required") in text(answer)
    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("right", "may", "may_not"), [("import_products", PRODUCTS, STOCK), ("import_stock", STOCK, PRODUCTS)]
)
def test_each_kind_needs_its_own_right(right: str, may: ImportKind, may_not: ImportKind) -> None:
    make_product(sku="LAMP", name="Lamp")
    client = member(right)
    files = {PRODUCTS: "sku,name\nLAMP,Desk lamp\n", STOCK: "sku,counted\nLAMP,3\n"}
    own, other = check(files[may], kind=may), check(files[may_not], kind=may_not)
    assert client.get(UPLOAD[may]).status_code == 200
    assert client.get(UPLOAD[may_not]).status_code == 403
    assert upload(client, b"sku\n", kind=may_not).status_code == 403
    assert client.get(url("change", own)).status_code == 200
    assert [client.get(url(name, other)).status_code for name in ("change", "progress")] == [404, 404]
    assert [client.post(url(name, other)).status_code for name in ("confirm", "undo", "check")] == [404, 404, 404]
    listed = text(client.get(LIST))
    assert (url("change", own) in listed, url("change", other) in listed) == (True, False)
    other.refresh_from_db()
    assert other.state == ImportState.CHECKED


@pytest.mark.parametrize(
    ("group", "statuses"), [("catalogue", [200, 403]), ("stock", [403, 200]), ("orders", [403, 403])]
)
def test_each_group_imports_what_its_name_says(group: str, statuses: list[int]) -> None:
    client = Client()
    client.force_login(in_group(group))
    assert [client.get(UPLOAD[kind]).status_code for kind in (PRODUCTS, STOCK)] == statuses


def test_whoever_may_import_nothing_finds_no_page() -> None:
    client = member("view_product", "change_product", "adjust_stock")
    it = check("sku,name,price\nLAMP,Lamp,1\n")
    assert client.get(LIST).status_code == 403
    assert [client.get(url(name, it)).status_code for name in ("change", "progress", "history")] == [403, 403, 403]
    assert [client.post(url(name, it)).status_code for name in ("confirm", "undo", "check", "delete")] == [403] * 4
    assert [client.get(page).status_code for page in UPLOAD.values()] == [403, 403]
    assert [upload(client, b"sku\nX\n", kind=kind).status_code for kind in UPLOAD] == [403, 403]
    assert Import.objects.count() == 1


def test_nobody_gets_in_without_logging_in() -> None:
    it = check("sku,name,price\nLAMP,Lamp,1\n")
    answers = [Client().post(url(name, it)) for name in ("confirm", "undo", "check")]
    assert [(one.status_code, one["Location"].split("?")[0]) for one in answers] == [(302, "/admin/login/")] * 3


def test_deciding_takes_a_post(keeper: Client) -> None:
    it = check("sku,name,price\nLAMP,Lamp,1\n")
    assert [keeper.get(url(name, it)).status_code for name in ("confirm", "undo", "check")] == [405, 405, 405]


def test_an_import_is_neither_changed_nor_deleted_by_hand(keeper: Client) -> None:
    it = apply("sku,name,price\nLAMP,Lamp,1\n")
    assert keeper.post(url("delete", it)).status_code == 403
    assert keeper.get(reverse("admin:inventory_import_add")).status_code == 403
    keeper.post(url("change", it), {"state": "checked"})
    it.refresh_from_db()
    assert it.state == ImportState.APPLIED


def test_a_page_takes_few_statements_however_much_it_shows(keeper: Client, django_assert_num_queries: Any) -> None:
    lines = "".join(f"S-{n},Lamp {n},1\n" for n in range(150))
    it = check(f"sku,name,price\n{lines}")
    with django_assert_num_queries(3, connection=_inventory()):
        keeper.get(url("change", it))
    with django_assert_num_queries(1, connection=_inventory()):
        keeper.get(UPLOAD["products"])


def test_a_name_from_a_file_is_text_and_no_markup(keeper: Client) -> None:
    it = check("sku,name,price\nLAMP,<script>alert(1)</script>,1\n", name="<b>.csv")
    shown = text(keeper.get(url("change", it)))
    assert "<script>alert" not in shown
    assert "&lt;script&gt;alert(1)" in shown
    assert Product.objects.count() == 0


def _inventory() -> Any:
    from django.db import connections  # noqa: PLC0415

    return connections["inventory"]
