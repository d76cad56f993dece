"""The theme's classes. It has no types of its own: for the type checker they are Django's, which they extend."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    from django.contrib import admin
    from django.contrib.admin import AdminSite
    from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm as UserCreationForm

    ModelAdmin = admin.ModelAdmin[Any]
    TabularInline = admin.TabularInline[Any, Any]
    F = TypeVar("F", bound=Callable[..., Any])

    def action(
        description: str = "",
        *,
        permissions: Sequence[str] = (),
        url_path: str = "",
        icon: str = "",
        variant: object = None,
        attrs: dict[str, str] | None = None,
    ) -> Callable[[F], F]: ...

    def display(
        *,
        description: str = "",
        ordering: Any = None,
        boolean: bool = False,
        empty_value: str | None = None,
        label: bool | str | dict[Any, str] = False,
        header: bool = False,
        dropdown: bool = False,
    ) -> Callable[[F], F]: ...
else:
    from unfold.admin import ModelAdmin, TabularInline
    from unfold.decorators import action, display
    from unfold.forms import AdminPasswordChangeForm, UserCreationForm
    from unfold.sites import UnfoldAdminSite as AdminSite

__all__ = [
    "AdminPasswordChangeForm",
    "AdminSite",
    "ModelAdmin",
    "TabularInline",
    "UserCreationForm",
    "action",
    "display",
]
