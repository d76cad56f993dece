from django.contrib.admin.apps import AdminConfig


class BackOfficeConfig(AdminConfig):
    """Django's admin, on our site."""

    default_site = "shopflow.back_office.site.BackOffice"
