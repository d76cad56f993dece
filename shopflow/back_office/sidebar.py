"""The way to every list and page of the back office: each member of staff sees what they may open."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Item:
    title: str
    icon: str
    url: str
    permission: str = ""
    """One that is needed; none: for all staff."""


GROUPS: Final[dict[str, tuple[Item, ...]]] = {
    "": (Item("Dashboard", "monitoring", "admin:index"),),
    "Catalogue": (
        Item("Products", "inventory_2", "admin:inventory_product_changelist", "inventory.view_product"),
        Item("Import products", "upload_file", "admin:inventory_import_products", "inventory.import_products"),
    ),
    "Stock": (
        Item("Find stock", "search", "admin:inventory_stock", "inventory.view_stockmovement"),
        Item("Low stock", "production_quantity_limits", "admin:inventory_product_low_stock", "inventory.view_product"),
        Item("Ledger", "history", "admin:inventory_stockmovement_changelist", "inventory.view_stockmovement"),
        Item("Reservations", "bookmark", "admin:inventory_reservation_changelist", "inventory.view_reservation"),
        Item("Import counts", "upload_file", "admin:inventory_import_stock", "inventory.import_stock"),
    ),
    "Orders": (
        Item("Orders", "shopping_cart", "admin:orders_order_changelist", "orders.view_order"),
        Item("Payments", "payments", "admin:payments_paymentintent_changelist", "payments.view_paymentintent"),
        Item("E-mails", "mail", "admin:users_notification_changelist", "users.view_notification"),
    ),
    "Operations": (
        Item("Backlog", "pending_actions", "admin:backlog", "back_office.view_backlog"),
        Item("Dead letters", "report", "admin:dead_letters", "messaging.view_outboxevent"),
        Item("Invariants", "rule", "admin:invariants", "back_office.view_invariantrun"),
        Item("Webhooks", "webhook", "admin:users_webhookendpoint_changelist", "users.view_webhookendpoint"),
        Item("Audit log", "policy", "admin:admin_logentry_changelist", "admin.view_logentry"),
    ),
    "People": (
        Item("Accounts", "person", "admin:users_user_changelist", "users.view_user"),
        Item("Groups", "group", "admin:auth_group_changelist", "auth.view_group"),
        Item("Failed logins", "lock", "admin:axes_accessattempt_changelist", "axes.view_accessattempt"),
    ),
}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """As the theme takes it."""
    here = _here(request.path)
    return [
        {"title": title, "items": [_shown(item, here) for item in items if _may(request, item)]}
        for title, items in GROUPS.items()
    ]


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    return [{"title": "Second factor", "link": reverse("admin:second_factor")}]


def _may(request: HttpRequest, item: Item) -> bool:
    return not item.permission or request.user.has_perm(item.permission)


def _here(path: str) -> str:
    """The one link that this page is nearest to: some are below others."""
    links = [reverse(item.url) for items in GROUPS.values() for item in items]
    home = reverse("admin:index")
    return max((link for link in links if path.startswith(link) and link != home), key=len, default=path)


def _shown(item: Item, here: str) -> dict[str, Any]:
    link = reverse(item.url)
    return {"title": item.title, "icon": item.icon, "link": link, "active": link == here}
