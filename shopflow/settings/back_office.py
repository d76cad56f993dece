"""How the back office looks: its theme's settings."""

from __future__ import annotations

from typing import Any

ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Crect width='16' height='16' rx='4' fill='%239810fa'/%3E%3C/svg%3E"
)
"""Of the tab: without one every page would ask for a file that is not there."""

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "ShopFlow",
    "SITE_HEADER": "ShopFlow",
    "SITE_SUBHEADER": "Back office",
    "SITE_SYMBOL": "storefront",
    "SITE_URL": None,  # there is no shop window to go to
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": ICON}],
    "STYLES": ["data:text/css,.selector{flex-wrap:wrap}"],  # two lists of rights side by side do not fit every desk
    "COLORS": {  # of labels and links in the dark: the theme's own are too faint
        "primary": {"400": "oklch(82.7% .119 306.383)", "500": "oklch(71.4% .203 305.504)"}
    },
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
