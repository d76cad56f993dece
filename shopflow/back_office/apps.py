from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class BackOfficeConfig(AdminConfig):
    """Django's admin, on our site; its pages, and their checks, which ask the databases, only where they are served."""

    default_site = "shopflow.back_office.site.BackOffice"

    def ready(self) -> None:
        from django.conf import settings

        if "backoffice" in settings.SERVE:
            super().ready()


class BackOfficeAppConfig(AppConfig):
    """What the back office has of its own: groups, pages, settings."""

    name = "shopflow.back_office"
    label = "back_office"

    def ready(self) -> None:
        from shopflow.back_office import lockout  # noqa: F401 - which is told by axes who is locked out
