"""What the pages of an import show: its differences, its problems and who decided what, as words and tables."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from contracts.errors import ContractError
from contracts.money import MINOR_UNITS
from contracts.ports import ports
from contracts.users import GetUsers
from inventory.import_models import Import, ImportKind, ImportRow

AT_ONCE: Final = 100
"""Rows of a table on a page."""
LONGEST: Final = 120


@dataclass(frozen=True, slots=True)
class About:
    """What a kind of import is, in the words of its pages."""

    title: str
    what: str
    notes: tuple[str, ...]
    undo: str


WAITING: Final = (
    "While it is applied, orders of its products wait: some seconds for 50,000 lines."
    " Confirm a long one when it is quiet."
)

ABOUT: Final = {
    ImportKind.PRODUCTS: About(
        title="Import products",
        what="A list of products, one per line. A line with a known SKU changes that product; others create one.",
        notes=(
            "Only the columns in the file are looked at: with sku and price alone, only prices change.",
            "New products need a name and a price. They are drafts, unless a column “status” says active.",
            "Prices are written 1234.50. Empty cells empty the field; an empty currency or status leaves it.",
            "Stock is not changed: upload a stock count for that.",
            WAITING,
        ),
        undo="Every field that it changed gets its former value, and what it created is archived, until a mended file"
        " brings it again. If somebody has changed one of these fields since, nothing is undone and you are told"
        " which.",
    ),
    ImportKind.STOCK: About(
        title="Import a stock count",
        what="What was counted, one product per line. Lines with an empty “counted” were not counted.",
        notes=(
            "A count is compared with the stock when the file is checked; the difference is what you confirm.",
            "Whatever is sold between the check and the confirmation stays sold: it is subtracted once, not twice.",
            "Each difference becomes a line of the product's ledger, with the file, its line and your name.",
            WAITING,
        ),
        undo="Each movement gets one the other way in the ledger. If what came in has been sold since, nothing is"
        " undone and you are told which.",
    ),
}


@dataclass(frozen=True, slots=True)
class Shown:
    """A part of a long table; `more` is where the next one begins."""

    table: dict[str, Any]
    more: int | None
    later: bool


def shown_differences(it: Import, after: str) -> Shown:
    start = _number(after)
    found = list(it.differing.filter(line__gt=start).order_by("line")[: AT_ONCE + 1])
    rows = [[one.line, one.sku, _fields(one)] for one in found[:AT_ONCE]]
    more = found[AT_ONCE - 1].line if len(found) > AT_ONCE else None
    return Shown({"headers": ["line", "SKU", "old → new"], "rows": rows}, more, later=start > 0)


def shown_problems(it: Import, after: str) -> Shown:
    start = _number(after)
    found = list(it.problems.filter(id__gt=start).order_by("id")[: AT_ONCE + 1])
    rows = [[one.line, one.column, one.message] for one in found[:AT_ONCE]]
    more = found[AT_ONCE - 1].pk if len(found) > AT_ONCE else None
    return Shown({"headers": ["line", "column", "what is wrong"], "rows": rows}, more, later=start > 0)


def names_of(it: Import) -> dict[str, str]:
    """Who did what, by name where the accounts can be asked."""
    acted = {"uploaded": it.actor_id, "confirmed": it.confirmed_by, "undone": it.undone_by}
    ids = tuple(sorted({id for id in acted.values() if id}))
    try:
        known = {user.user_id: user.username for user in ports().users.get_users(GetUsers(user_ids=ids)).users}
    except ContractError:
        known = {}
    return {what: known.get(id, f"member of staff {id}") for what, id in acted.items() if id}


def _fields(one: ImportRow) -> SafeString:
    if one.before is None:
        new = ((name, _value(name, value)) for name, value in one.after.items() if value not in ("", None))
        return format_html("<div>New product</div>{}", format_html_join("", "<div>{}: <b>{}</b></div>", new))
    changed = ((name, _value(name, one.before[name]), _value(name, value)) for name, value in one.after.items())
    return format_html_join("", "<div>{}: <del>{}</del> → <b>{}</b></div>", changed)


def _value(name: str, value: Any) -> str:
    if value in ("", None):
        return "(empty)"
    if name == "price":
        return f"{value // MINOR_UNITS}.{value % MINOR_UNITS:02}"
    text = str(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 18 else 0
