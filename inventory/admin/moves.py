"""The two pages by which people move stock: adjust, and receive a delivery."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect

from contracts.back_office import audit
from contracts.inventory import ProductNotFound
from inventory.admin.stock_forms import AdjustForm, MovementForm, ReceiveForm
from inventory.admin.stock_pages import shown
from inventory.errors import AlreadyMoved, StockWouldGoNegative
from inventory.models import Product
from inventory.stock import adjust_stock

LEDGER: Final = "admin:inventory_product_ledger"
ARCHIVED: Final = "It is archived: its stock no longer changes."


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """What a page does, in the words of its title, its button and the log."""

    form: type[MovementForm]
    title: str
    verb: str
    done: str


ADJUSTMENT: Final = Deed(form=AdjustForm, title="Adjust stock", verb="Adjust stock", done="Stock adjusted")
DELIVERY: Final = Deed(form=ReceiveForm, title="Receive delivery", verb="Receive delivery", done="Delivery received")


def adjust(request: HttpRequest, product_id: int) -> HttpResponse:
    return _page(request, product_id, ADJUSTMENT)


def receive(request: HttpRequest, product_id: int) -> HttpResponse:
    return _page(request, product_id, DELIVERY)


def _page(request: HttpRequest, product_id: int, deed: Deed) -> HttpResponse:
    product = get_object_or_404(Product, pk=product_id)
    form = deed.form(request.POST if request.method == "POST" else None)
    if product.archived_at is not None:
        messages.error(request, f"{product}: {ARCHIVED}")
    elif not (form.is_valid() and _is_settled(request, product, form, deed)):
        return shown(request, "move.html", title=f"{deed.title}: {product}", product=product, form=form, deed=deed)
    return redirect(LEDGER, product_id=product_id)


def _is_settled(request: HttpRequest, product: Product, form: MovementForm, deed: Deed) -> bool:
    """Whether nothing is left to do here; where there is, the form says what."""
    movement = form.movement()
    try:
        stock = adjust_stock(product_id=product.pk, actor_id=request.user.pk, drafts=True, **movement)
    except StockWouldGoNegative as short:
        product.stock = short.available
        form.add_error(form.moves, f"Only {short.available} are there, so no more than that can be taken away.")
        return False
    except ProductNotFound:
        messages.error(request, f"{product}: {ARCHIVED}")
    except AlreadyMoved as earlier:
        messages.warning(request, _not_again(earlier, movement["delta"]))
    else:
        told = f"{deed.done}: {movement['delta']:+d}, now {stock}."
        audit.note(request, product, told)
        messages.success(request, told)
    return True


def _not_again(earlier: AlreadyMoved, delta: int) -> str:
    told = f"This form was sent before and counted then, as {earlier.delta:+d}. It was not counted again."
    return told if delta == earlier.delta else f"{told} For {delta:+d}, open it anew."
