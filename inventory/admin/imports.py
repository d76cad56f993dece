"""Imports in the back office: upload a file, look at what it would change, confirm it, undo it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST

from contracts.back_office import audit
from contracts.back_office.pages import LookOnlyPage
from contracts.back_office.theme import display
from inventory.admin.exports import export
from inventory.admin.import_forms import UploadForm
from inventory.admin.import_shown import ABOUT, names_of, shown_differences, shown_problems
from inventory.errors import ImportMoved
from inventory.import_models import Import, ImportKind, ImportState
from inventory.imports import deciding
from inventory.imports.columns import COLUMNS

RIGHT: Final = {ImportKind.PRODUCTS: "inventory.import_products", ImportKind.STOCK: "inventory.import_stock"}
RECENT: Final = 5
SHOWN: Final = "admin:inventory_import_change"
COLOURS: Final = {
    ImportState.CHECKED: "warning",
    ImportState.APPLIED: "success",
    ImportState.FAILED: "danger",
    **dict.fromkeys([ImportState.CHECKING, ImportState.APPLYING, ImportState.UNDOING], "info"),
}


@admin.register(Import)
class ImportAdmin(LookOnlyPage):
    list_display = ("created_at", "file_name", "kind", "state_shown", "rows", "creates", "changes", "problems_found")
    list_display_links = ("created_at", "file_name")
    list_filter = ("kind", "state")
    ordering = ("-id",)

    @display(description="state", label=COLOURS)
    def state_shown(self, it: Import) -> tuple[str, str]:
        return it.state, it.get_state_display()

    def get_urls(self) -> list[URLPattern]:
        return [
            self._path("products/", self.upload_products, "products"),
            self._path("stock/", self.upload_stock, "stock"),
            self._path("export/<str:kind>.<str:suffix>", export, "export"),
            self._path("<int:import_id>/progress/", self.progress, "progress"),
            self._path("<int:import_id>/confirm/", require_POST(self.confirm), "confirm"),
            self._path("<int:import_id>/check/", require_POST(self.check_again), "check"),
            self._path("<int:import_id>/undo/", require_POST(self.undo), "undo"),
            *super().get_urls(),
        ]

    def _path(self, route: str, view: Callable[..., HttpResponseBase], name: str) -> URLPattern:
        return path(route, self.admin_site.admin_view(view), name=f"inventory_import_{name}")

    # --- who may: each kind has a right of its own ---

    def has_view_permission(self, request: HttpRequest, obj: Import | None = None) -> bool:
        kinds = kinds_of(request)
        return bool(kinds) if obj is None else obj.kind in kinds

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Import]:
        """Those of the other kind are not there. Whoever may import nothing is refused: that is another answer."""
        return super().get_queryset(request).filter(kind__in=kinds_of(request) or ImportKind.values)

    def _import(self, request: HttpRequest, import_id: int | str) -> Import:
        """Of another kind than one may import: as if it were not there, and to whoever may import nothing, no."""
        if not kinds_of(request):
            raise PermissionDenied
        it = self.get_object(request, str(import_id))
        if it is None:
            raise Http404
        return it  # type: ignore[no-any-return]  # the theme's classes know no model

    # --- upload ---

    def upload_products(self, request: HttpRequest) -> HttpResponse:
        return self._upload(request, ImportKind.PRODUCTS)

    def upload_stock(self, request: HttpRequest) -> HttpResponse:
        return self._upload(request, ImportKind.STOCK)

    def _upload(self, request: HttpRequest, kind: ImportKind) -> HttpResponse:
        if kind not in kinds_of(request):
            raise PermissionDenied
        form = UploadForm(request.POST or None, request.FILES or None)
        if form.is_valid():
            return self._uploaded(request, kind, form)
        recent = Import.objects.filter(kind=kind).order_by("-id")[:RECENT]
        return self._page(
            request,
            "upload",
            title=ABOUT[kind].title,
            form=form,
            about=ABOUT[kind],
            columns=[column.name for column in COLUMNS[kind]],
            recent=recent,
            kind=kind.value,
            may_export=request.user.has_perm("inventory.view_product"),
        )

    def _uploaded(self, request: HttpRequest, kind: ImportKind, form: UploadForm) -> HttpResponse:
        file = form.cleaned_data["file"]
        actor_id: int = request.user.pk  # type: ignore[assignment]  # whoever is here has logged in
        import_id = deciding.upload(kind=kind, file_name=file.name, content=file.read(), actor_id=actor_id)
        it = Import.objects.get(pk=import_id)
        audit.note(request, it, f"Uploaded {it.file_name} ({it.get_kind_display()}); nothing is changed yet")
        return HttpResponseRedirect(reverse(SHOWN, args=[import_id]))

    # --- one import ---

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        """What it would change, or has changed. Not Django's form, nor the transaction that it would be in."""
        it = self._import(request, object_id)
        return self._page(
            request,
            "shown",
            title=str(it),
            it=it,
            about=ABOUT[ImportKind(it.kind)],
            names=names_of(it),
            differences=shown_differences(it, request.GET.get("after", "")),
            problems=shown_problems(it, request.GET.get("problem", "")),
        )

    def progress(self, request: HttpRequest, import_id: int) -> HttpResponse:
        """The bar alone; once there is nothing more to wait for, the page is shown anew."""
        it = self._import(request, import_id)
        if it.is_under_way:
            return TemplateResponse(request, "admin/inventory/import/progress.html", {"it": it})
        return HttpResponse(status=200, headers={"HX-Refresh": "true"})

    def confirm(self, request: HttpRequest, import_id: int) -> HttpResponse:
        return self._decide(request, import_id, deciding.confirm, "Confirmed: {} to create, {} to change")

    def undo(self, request: HttpRequest, import_id: int) -> HttpResponse:
        return self._decide(request, import_id, deciding.undo, "Asked to undo it: {} created, {} changed")

    def check_again(self, request: HttpRequest, import_id: int) -> HttpResponse:
        return self._decide(request, import_id, _check_again, "Asked to check it again")

    def _decide(self, request: HttpRequest, import_id: int, decide: Callable[..., None], note: str) -> HttpResponse:
        it = self._import(request, import_id)
        try:
            decide(import_id=it.pk, actor_id=request.user.pk)
        except ImportMoved:
            self.message_user(request, "That cannot be done now: see how the import stands.", messages.WARNING)
        else:
            audit.note(request, it, note.format(it.creates, it.changes))
        return HttpResponseRedirect(reverse(SHOWN, args=[it.pk]))

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        frame = {**self.admin_site.each_context(request), "opts": self.opts}
        return TemplateResponse(request, f"admin/inventory/import/{template}.html", {**frame, **context})


def kinds_of(request: HttpRequest) -> Sequence[ImportKind]:
    """What this member of staff may import."""
    return [kind for kind, right in RIGHT.items() if request.user.has_perm(right)]


def _check_again(*, import_id: int, actor_id: int) -> None:
    deciding.check_again(import_id=import_id)
