"""Accounts, sign-in and API tokens, as an app."""

from importlib import import_module

from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Registers the token scheme of the OpenAPI description."""

    name = "project.accounts"
    label = "accounts"

    def ready(self) -> None:
        """Import the scheme: drf-spectacular knows the classes that are imported."""
        import_module("project.accounts.schema")
