"""The theme's classes. It has no types of its own: for the type checker they are Django's, which they extend."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any, TypeVar

    from django import forms
    from django.contrib import admin
    from django.contrib.admin import AdminSite, SimpleListFilter as DropdownFilter
    from django.contrib.admin.forms import AdminAuthenticationForm as AuthenticationForm
    from django.contrib.admin.views.main import ChangeList
    from django.contrib.auth.forms import AdminPasswordChangeForm, AdminUserCreationForm as UserCreationForm

    PasswordInput, TextInput = forms.PasswordInput, forms.TextInput
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
    from unfold.contrib.filters.admin import DropdownFilter
    from unfold.decorators import action, display
    from unfold.forms import AdminPasswordChangeForm, AuthenticationForm, UserCreationForm
    from unfold.sites import UnfoldAdminSite as AdminSite
    from unfold.views import ChangeList
    from unfold.widgets import UnfoldAdminPasswordWidget as PasswordInput, UnfoldAdminTextInputWidget as TextInput

__all__ = [
    "AdminPasswordChangeForm",
    "AdminSite",
    "AuthenticationForm",
    "ChangeList",
    "DropdownFilter",
    "ModelAdmin",
    "PasswordInput",
    "TabularInline",
    "TextInput",
    "UserCreationForm",
    "action",
    "display",
]
