"""Who may open which page of the back office: every address it has is a row here, or a test fails.

`c`atalogue, `s`tock, `o`rders, op`e`rations; `*` is all staff, even those in no group; superusers alone where it is
empty. First who may look (GET), then who may send its form (POST).
"""

from __future__ import annotations

from typing import Final

LETTERS: Final = {"c": "catalogue", "s": "stock", "o": "orders", "e": "operations"}
NOBODY: Final = ("", "")


def _look_only(model: str, who: str) -> dict[str, tuple[str, str]]:
    """A list, and a page of one row to look at."""
    return {
        f"{model}_changelist": (who, who),
        f"{model}_add": NOBODY,
        f"{model}_change": (who, ""),
        f"{model}_delete": NOBODY,
        f"{model}_history": (who, who),
    }


def _superusers(model: str) -> dict[str, tuple[str, str]]:
    return {f"{model}_{page}": NOBODY for page in ("changelist", "add", "change", "delete", "history")}


PAGES: Final[dict[str, tuple[str, str]]] = {
    # the door
    "index": ("*", "*"),
    "login": ("*", "*"),
    "login_code": ("*", "*"),
    "logout": ("", "*"),
    "password_change": ("*", "*"),
    "password_change_done": ("*", ""),
    "second_factor": ("*", "*"),
    "second_factor_set_up": ("*", "*"),
    "jsi18n": ("*", ""),
    "search": NOBODY,  # the theme's, which is switched off
    "app_list": ("cse", "cse"),  # of the inventory
    "autocomplete": NOBODY,
    "view_on_site": NOBODY,
    # catalogue
    "inventory_product_changelist": ("cs", "cs"),
    "inventory_product_add": ("c", "c"),
    "inventory_product_change": ("cs", "c"),
    "inventory_product_history": ("cs", "cs"),
    "inventory_product_delete": NOBODY,
    "inventory_product_publish": ("c", "c"),
    "inventory_product_archive": ("c", "c"),
    "inventory_product_duplicate": ("c", "c"),
    # stock
    "inventory_stock": ("s", "s"),
    "inventory_product_low_stock": ("cs", "cs"),
    "inventory_product_low_stock_export": ("cs", "cs"),
    "inventory_product_ledger": ("s", "s"),
    "inventory_product_adjust": ("s", "s"),
    "inventory_product_receive": ("s", "s"),
    **_look_only("inventory_stockmovement", "s"),
    **_look_only("inventory_reservation", "se"),
    # imports; the one that is asked for is of products
    "inventory_import_products": ("c", "c"),
    "inventory_import_stock": ("s", "s"),
    "inventory_import_export": ("cs", "cs"),
    "inventory_import_progress": ("c", "c"),
    "inventory_import_confirm": ("", "c"),
    "inventory_import_check": ("", "c"),
    "inventory_import_undo": ("", "c"),
    **_look_only("inventory_import", "c"),
    "inventory_import_changelist": ("cs", "cs"),
    "inventory_import_change": ("c", "c"),
    # orders
    **_look_only("orders_order", "o"),
    "orders_order_ship": ("o", "o"),
    "orders_order_deliver": ("o", "o"),
    "orders_order_cancel": ("o", "o"),
    "orders_order_refund": ("o", "o"),
    **_look_only("payments_paymentintent", "o"),
    **_look_only("users_notification", "o"),
    # operations
    "backlog": ("e", "e"),
    "dead_letters": ("e", "e"),
    "dead_letter": ("e", "e"),
    "dead_letter_replay": ("", "e"),
    "dead_letters_replay": ("", "e"),
    "invariants": ("e", "e"),
    "invariants_run": ("", "e"),
    **_look_only("admin_logentry", "e"),
    **_look_only("users_webhookendpoint", "e"),
    **_look_only("users_webhookdelivery", "e"),
    # people
    **_superusers("users_user"),
    "auth_user_password_change": NOBODY,
    **_superusers("auth_group"),
    **_superusers("axes_accessattempt"),
}
