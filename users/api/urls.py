"""URLs of the users context, under /api/v1/users/."""

from __future__ import annotations

from django.urls import path

from users.api import views

urlpatterns = [
    path("register", views.RegisterView.as_view(), name="register"),
    path("login", views.LoginView.as_view(), name="login"),
    path("refresh", views.RefreshView.as_view(), name="refresh"),
    path("logout", views.LogoutView.as_view(), name="logout"),
    path("me", views.MeView.as_view(), name="me"),
    path("me/password", views.MyPasswordView.as_view(), name="my-password"),
]
