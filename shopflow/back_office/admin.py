"""The back office's own tables, where Django looks for admins."""

from shopflow.back_office import audit_admin, lockout_admin  # noqa: F401
