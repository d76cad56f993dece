"""Files as they come from people and their spreadsheets: what is read, and what is said of what cannot be."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime

import pytest
from openpyxl import Workbook

from contracts.money import CURRENCIES
from inventory.imports import limits, tables, workbook as reader
from inventory.imports.columns import COLUMNS, ELSEWHERE
from inventory.models import Product
from inventory.tests.conftest import make_product
from inventory.tests.imports.conftest import PRODUCTS, STOCK, check, differences, problems, saved, workbook

pytestmark = pytest.mark.django_db(databases=["inventory"])

NEW = ("sku", "name", "price")
EXPECTED = "Write it with a point, two decimals at most, and nothing else: 1234.50."
NO_IMAGE = "This is no address of an image: it begins with https://."
NAMED = f"The first line names the columns: {', '.join(column.name for column in COLUMNS[PRODUCTS])}."


def first(content: str | bytes) -> tuple[int, str, str]:
    found = problems(check(content))
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    "content",
    [
        "sku,name,price\nL-1,Lamp,1.50\n",
        "sku;name;price\r\nL-1;Lamp;1.50\r\n",
        "sku\tname\tprice\nL-1\tLamp\t1.5",
        "\ufeffSKU,Name, Price\n\n L-1 , Lamp ,1.50\n\n",
        'price,"sku",name\n1.50,L-1,"Lamp"\n',
        workbook(NEW, ("L-1", "Lamp", 1.5)),
        workbook((), NEW, (), ("L-1", "Lamp", "1.50")),
    ],
)
def test_reads_the_usual_ways_to_write_a_table(content: str | bytes) -> None:
    it = check(content)
    assert (problems(it), it.rows, it.creates) == ([], 1, 1)
    after = differences(it)[0][3]
    assert (differences(it)[0][1], after["name"], after["price"]) == ("L-1", "Lamp", 150)


def test_a_line_is_counted_where_an_editor_shows_it() -> None:
    content = 'sku,name,price,description\nL-1,Lamp,1,"two\nlines"\n\nL-2,Lamp,x,\n'
    assert [(line, column) for line, column, _ in problems(check(content))] == [(5, "price")]


@pytest.mark.parametrize("price", ['"3,50"', "1.234,50", "1 234.50", "-1", "1.005", "1e3", "€3", "free", "٣"])
def test_a_price_that_is_none_says_what_is_expected(price: str) -> None:
    line, column, message = first(f"sku;name;price\nL-1;Lamp;{price}\n")
    assert (line, column) == (2, "price")
    assert message.endswith(f"is no price. {EXPECTED}")


def test_a_decimal_comma_that_makes_a_cell_too_many_is_told_as_that() -> None:
    line, column, message = first("sku,name,price\nL-1,Lamp,3,50\n")
    assert (line, column) == (2, "")
    assert message.startswith("The line has 4 cells, but there are 3 columns.")
    assert message.endswith("a price has a point, not a comma.")


@pytest.mark.parametrize(
    ("cells", "column", "message"),
    [
        ("A B,Lamp,1,,,,", "sku", "“A B” is no SKU: letters, digits and . _ / - only."),
        (",Lamp,1,,,,", "sku", "The SKU is missing: it says which product the line is about."),
        (f"{'S' * 65},Lamp,1,,,,", "sku", "The SKU has 65 characters; 64 are the most."),
        ("L-1,,1,,,,", "name", "The name is missing. To leave names as they are, delete the whole column."),
        (f"L-1,{'n' * 201},1,,,,", "name", "The name has 201 characters; 200 are the most."),
        ("L-1,La\x07mp,1,,,,", "name", "The name has an invisible control character in it. Type it again."),
        ("L-1,Lamp,10000000,,,,", "price", "The price is 10000000; 9999999.99 is the most."),
        ("L-1,Lamp,,,,,", "price", f"The price is missing. {EXPECTED}"),
        ("L-1,Lamp,1,XXX,,,", "currency", f"“XXX” is no currency of this shop: {', '.join(sorted(CURRENCIES))}."),
        ("L-1,Lamp,1,,javascript:alert(1),,", "image_url", NO_IMAGE),
        ("L-1,Lamp,1,,http://img.example/lamp.png,,", "image_url", NO_IMAGE),
        ("L-1,Lamp,1,,,few,", "low_stock_at", "“few” is no whole number: digits only, as in 1200."),
        ("L-1,Lamp,1,,,99999999999,", "low_stock_at", "99999999999 is too much; 2147483647 is the most."),
        ("L-1,Lamp,1,,,,gone", "status", "“gone” is no status: draft, active or archived."),
        ("L-1,Lamp,1,,,,archived", "status", "A new product cannot be archived: make it a draft or active."),
    ],
)  # fmt: skip
def test_each_field_has_its_rule(cells: str, column: str, message: str) -> None:
    assert first(f"sku,name,price,currency,image_url,low_stock_at,status\n{cells}\n") == (2, column, message)


def test_all_that_is_wrong_is_told_at_once_in_the_order_of_the_file() -> None:
    it = check("sku,name,price\nL 1,Lamp,x\nL-2,,1\nL-3,Lamp,1\nL-3,Lamp,2\n")
    assert [(line, column) for line, column, _ in problems(it)] == [(2, "sku"), (2, "price"), (3, "name"), (5, "sku")]
    assert problems(it)[-1][2] == "L-3 is in line 4 as well. Delete one of the two."


def test_columns_that_do_not_exist_are_named() -> None:
    assert problems(check("sku,name,prise,stock,\nL-1,Lamp,1,1,\n")) == [
        (1, "prise", f"There is no column of this name. Is “price” meant? {NAMED}"),
        (1, "stock", ELSEWHERE[PRODUCTS]["stock"]),
    ]


def test_columns_that_are_missing_or_there_twice_are_named() -> None:
    assert [(column, message[:32]) for _, column, message in problems(check("sku,name\nL-1,x\n", kind=STOCK))] == [
        ("counted", "There is no column “counted”. Th")
    ]
    assert first("sku,name,sku\nL-1,Lamp,L-1\n")[1:] == ("sku", "There are two columns “sku”. Delete one of them.")


def test_a_product_that_nobody_knows_is_no_count() -> None:
    it = check("sku,counted\nL-1,3\n", kind=STOCK)
    assert problems(it) == [(2, "sku", "No product has the SKU L-1. Correct it, or import the product first.")]


def test_without_a_name_and_a_price_nothing_is_created() -> None:
    assert first("sku,category\nL-1,Home\n")[1:] == (
        "sku",
        "No product has the SKU L-1. Correct it; or, to create a product, add the columns name and price.",
    )


@pytest.mark.parametrize(
    ("content", "line", "begins"),
    [
        (b"\xff\xfes\x00k\x00u\x00", 1, "This is “Unicode text” (UTF-16)."),
        ("sku,name\nL-1,Lampe\nL-2,Stühle\n".encode("latin-1"), 3, "This line has letters that are not UTF-8."),
        (b"\xd0\xcf\x11\xe0old", 1, "This is an old Excel file (.xls)."),
        (b"sku\nA\0B\n", 1, "This is no CSV file: it has zero bytes in it."),
        (b"\n\n  \n", 1, "The file is empty."),
        (b"sku,name,price\n", 1, "The file names its columns, but has no line below them."),
        (b'sku,name,price\nL-1,"Lamp,1\n', 2, "The quotes of this line do not match"),
        (b"PK\x03\x04not a zip", 1, "This is no XLSX file, or it is damaged."),
        (workbook(), 1, "The file is empty."),
    ],
)
def test_a_file_that_cannot_be_read_says_why(content: bytes, line: int, begins: str) -> None:
    found = first(content)
    assert found[0] == line
    assert found[2].startswith(begins)


def test_a_spreadsheet_is_taken_at_its_word_only_where_it_has_not_changed_it() -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append([*NEW, "category"])
    sheet.append(["=A1", "Lamp", 1, "x"])
    sheet.append([datetime(2026, 3, 1, tzinfo=UTC).replace(tzinfo=None), "Lamp", 1, "x"])
    sheet.append([12345678901234567, "Lamp", 1, "x"])
    sheet.append(["L-1", "=1+1", "=2", "#REF!"])
    sheet["D5"].data_type = "e"
    assert [(line, column, message.split(".")[0]) for line, column, message in problems(check(saved(book)))] == [
        (2, "sku", "This is a formula"),
        (3, "sku", "The spreadsheet has taken this for a date"),
        (4, "sku", "The spreadsheet has rounded this long number"),
        (5, "name", "This is a formula"),
        (5, "price", "This is a formula"),
        (5, "category", "The spreadsheet shows an error here: #REF!"),
    ]


def test_skus_that_a_spreadsheet_took_for_numbers_are_found() -> None:
    for sku in ("12345", "00042"):
        make_product(sku=sku, name="Lamp")
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (("sku", "name"), (12345.0, "Desk lamp"), (42, "Desk lamp")):
        sheet.append(row)
    sheet["A3"].number_format = "00000"
    it = check(saved(book))
    assert [(sku, after) for _, sku, _, after in differences(it)] == [
        ("12345", {"name": "Desk lamp"}),
        ("00042", {"name": "Desk lamp"}),
    ]


def test_a_sum_of_a_spreadsheet_has_the_cents_that_it_shows() -> None:
    assert differences(check(workbook(NEW, ("L-1", "Lamp", 0.1 + 0.2))))[0][3]["price"] == 30


def test_a_bomb_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_UNPACKED", 10_000_000)
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 10_000_001)
    assert len(file.getvalue()) < 20_000
    assert first(file.getvalue())[2].startswith("This file unpacks to more than 200 MB.")


def test_a_sheet_that_claims_a_million_rows_and_columns_is_read_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "MOST_READ", 50)
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(NEW)
    sheet["A1000000"] = "L-1"
    sheet["XFD2"] = "far out"
    assert first(saved(book))[2].startswith("The sheet goes on for too long.")


def test_a_file_has_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.imports.reading.MOST_ROWS", 2)
    found = first("sku,name,price\nL-1,Lamp,1\nL-2,Lamp,1\nL-3,Lamp,1\n")
    assert (found[0], found[2]) == (4, "A file has 2 lines at most. Divide it.")


def test_a_cell_has_an_end() -> None:
    content = f'sku,name\nL-1,"{"x" * (limits.LONGEST_CELL + 1)}"\n'
    assert first(content)[2] == "A cell of this line is longer than any field. Is a closing quote missing?"


def test_of_very_many_problems_the_first_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("inventory.imports.checking.MOST_PROBLEMS", 3)
    it = check("sku\n" + "".join(f"N-{n}\n" for n in range(10)))
    assert (it.problems_found, len(problems(it))) == (10, 3)


def test_what_is_archived_is_left_alone_or_told() -> None:
    product = make_product(sku="L-1", name="Lamp")
    Product.objects.filter(pk=product.pk).update(active=False, archived_at=datetime.now(UTC))
    assert problems(check("sku,name,status\nL-1,Lamp,archived\n")) == []
    assert first("sku,name\nL-1,Desk lamp\n") == (2, "name", "L-1 is archived, and stays as it is. Delete the line.")


def test_what_is_on_sale_is_no_draft_again() -> None:
    make_product(sku="L-1", name="Lamp")
    assert first("sku,status\nL-1,draft\n")[2] == "L-1 is on sale: it can be archived, but not be a draft again."


def test_line_breaks_and_blanks_that_a_spreadsheet_makes_are_no_change() -> None:
    make_product(sku="L-1", name="Lamp", description="one\r\ntwo ")
    assert check('sku,description\nL-1,"one\ntwo"\n').differences == 0


def test_separators_are_told_by_the_columns() -> None:
    assert [line.cells for line in tables.open_table(b"a;b\n1,5;2\n").lines] == [["1,5", "2"]]
