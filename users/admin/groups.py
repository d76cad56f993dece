"""Groups in the back office."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.contrib.auth.models import Group, Permission
from django.forms import ModelForm
from django.http import HttpRequest
from django_otp.plugins.otp_totp.admin import TOTPDevice

from contracts.back_office import audit
from contracts.back_office.pages import Page
from users.admin.people import as_said, is_superuser
from users.tokens import RIGHTS

admin.site.unregister(Group)  # Django's own page of it, and django-otp's of devices, which shows their secrets
admin.site.unregister(TOTPDevice)


@admin.register(Group)
class GroupPage(Page):
    """What each group may do: for superusers. The four of the shop keep their names, which the API knows too."""

    list_display = ("name",)
    search_fields = ("name",)
    ordering = ("name",)
    actions = None
    filter_horizontal = ("permissions",)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_view_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return is_superuser(request) and (obj is None or obj.name not in RIGHTS)

    def get_readonly_fields(self, request: HttpRequest, obj: Group | None = None) -> tuple[str, ...]:
        return ("name",) if obj is not None and obj.name in RIGHTS else ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **given: Any) -> Any:
        given.setdefault("queryset", Permission.objects.select_related("content_type"))
        return super().formfield_for_manytomany(db_field, request, **given)

    def save_related(self, request: HttpRequest, form: ModelForm[Group], formsets: Any, change: bool) -> None:  # noqa: FBT001
        super().save_related(request, form, formsets, change)
        if "permissions" in form.changed_data:
            old, new = as_said(form.initial.get("permissions")), as_said(form.cleaned_data["permissions"])
            audit.note(request, form.instance, f"Permissions: {old} → {new}")
