"""How the back office looks: its theme's settings."""

from __future__ import annotations

from typing import Any

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "ShopFlow",
    "SITE_HEADER": "ShopFlow",
    "SITE_SUBHEADER": "Back office",
    "SITE_SYMBOL": "storefront",
    "SITE_URL": None,  # there is no shop window to go to
    "COLORS": {"primary": {"500": "oklch(71.4% .203 305.504)"}},  # of links in the dark: the theme's own is too faint
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "SHOW_BACK_BUTTON": True,
    "ACCOUNT": {"navigation": "shopflow.back_office.sidebar.account_links"},
    "SIDEBAR": {
        "show_search": False,  # of the names of lists, which the sidebar shows anyway; products have a box of their own
        "show_all_applications": False,
        "navigation": "shopflow.back_office.sidebar.navigation",
    },
}
