"""One product's ledger as a page: its timeline, a chart of its stock, and what there was at any moment."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from unfold.widgets import UnfoldAdminTextInputWidget

from contracts.identifiers import is_uuid
from contracts.ports import ports
from contracts.users import GetUsers
from inventory import ledger
from inventory.admin.stock_pages import key_in, shown, state_of
from inventory.ledger import Movement
from inventory.models import MovementKind, Product
from inventory.reasons import in_words

LINES: Final = 50
DAYS: Final = 90
TITLES: Final = ("When (UTC)", "Change", "Stock after", "What", "Why", "Reference", "Who")
FEWEST_DAYS: Final = 3
"""With fewer, a chart by movements tells more than one by days."""
OF_RESERVATIONS: Final = frozenset({MovementKind.RESERVATION, MovementKind.RELEASE, MovementKind.EXPIRY})


class MomentForm(forms.Form):
    at = forms.DateTimeField(
        label="Stock as of (UTC)",
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M", "%Y-%m-%d"],
        widget=UnfoldAdminTextInputWidget(attrs={"type": "datetime-local"}),
        error_messages={"invalid": "Enter a day and a time, like 2026-05-31T18:00."},
    )

    def clean_at(self) -> datetime:
        moment: datetime = self.cleaned_data["at"]
        if moment > datetime.now(UTC):
            raise forms.ValidationError("That is still to come. Enter a moment that has been.")
        return moment


def page(request: HttpRequest, product_id: int) -> HttpResponse:
    product = get_object_or_404(Product, pk=product_id)
    form = MomentForm(request.GET if "at" in request.GET else None)
    before = key_in(request.GET.get("before", ""))  # None: from the newest
    timeline = ledger.timeline(product_id=product_id, before=before or ledger.NEWEST, limit=LINES)
    return shown(
        request,
        "ledger.html",
        title=f"Stock ledger: {product}",
        product=product,
        state=state_of(product),
        titles=TITLES,
        lines=_lines(timeline.movements),
        older=timeline.older,
        before=before,
        chart=chart_of(product_id, timeline.movements) if before is None else None,
        form=form,
        **_as_of(product_id, form),
        may_see_reservations=request.user.has_perm("inventory.view_reservation"),
    )


def chart_of(product_id: int, newest: list[Movement]) -> dict[str, str]:
    """By days, or of what is a few days old by movements; with what it shows in words."""
    by_day = ledger.stock_by_day(product_id=product_id, days=DAYS)
    if len(by_day) >= FEWEST_DAYS:
        points = [(f"{day:%-d %b}", stock) for day, stock in by_day]
        span = f"the last {len(points)} days, at the end of each"
    else:
        points = [(f"{line.created_at:%-d %b %H:%M}", line.balance) for line in reversed(newest)]
        span = f"the last {len(points)} movements" if len(points) > 1 else "the last movement"
        points += [("now", stock) for _, stock in points[-1:]]  # so that the last step is seen whole
    return {"data": _as_data(points), "caption": f"Stock over {span}: {_in_words([stock for _, stock in points])}"}


def names_of(movements: Iterable[Any]) -> dict[int, str]:
    """Who did them, asked of the users for all of a page at once."""
    ids = {movement.actor_id for movement in movements if movement.actor_id is not None}
    if not ids:
        return {}
    answer = ports().users.get_users(GetUsers(user_ids=tuple(sorted(ids))))
    return {user.user_id: user.username for user in answer.users}


def who(actor_id: int | None, names: Mapping[int, str]) -> str:
    return "" if actor_id is None else names.get(actor_id, f"user {actor_id}")


def _as_of(product_id: int, form: MomentForm) -> dict[str, Any]:
    if not form.is_valid():
        return {}
    then = ledger.stock_as_of(product_id=product_id, moment=form.cleaned_data["at"])
    return {"moment": form.cleaned_data["at"], "then": then, "stock_then": then.stock if then else 0}


def _lines(movements: list[Movement]) -> list[dict[str, Any]]:
    names = names_of(movements)
    return [
        {
            "movement": movement,
            "kind": MovementKind(movement.kind).label,
            "reason": in_words(movement.reason),
            "who": who(movement.actor_id, names),
            "is_of_reservation": movement.kind in OF_RESERVATIONS and is_uuid(movement.reference),
        }
        for movement in movements
    ]


def _as_data(points: list[tuple[str, int]]) -> str:
    stock = {
        "label": "Stock",
        "data": [stock for _, stock in points],
        "borderColor": "var(--color-primary-600)",
        "stepped": True,
        "displayYAxis": True,
        "maxTicksXLimit": 8,
    }
    return json.dumps({"labels": [label for label, _ in points], "datasets": [stock]})


def _in_words(stocks: list[int]) -> str:
    if not stocks:
        return "nothing has moved yet."
    return f"from {stocks[0]} to {stocks[-1]}, lowest {min(stocks)}, highest {max(stocks)}."
