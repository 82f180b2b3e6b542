"""Accounts: who works here, how they sign in, their API tokens."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """People and their tokens."""

    name = "project.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Make the token scheme known to the OpenAPI description."""
        import_module("project.accounts.schema")
