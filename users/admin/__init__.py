"""Accounts, groups, e-mails and webhooks in the back office: each module registers its pages."""

from users.admin import accounts, e_mails, groups, webhooks

__all__ = ["accounts", "e_mails", "groups", "webhooks"]
