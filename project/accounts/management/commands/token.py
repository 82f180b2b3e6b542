"""`manage.py token USER`: a new API token."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from project.accounts.models import MAX_TOKEN_NAME_CHARACTERS, Token, User


class Command(BaseCommand):
    """Prints only the new key on standard output."""

    help = "Create an API token for a user and print its key, which cannot be shown again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("user", help="user name")
        parser.add_argument("--name", default="", help="name of the token on the settings page")

    def handle(self, *args: Any, user: str, name: str, **options: Any) -> None:
        """Create the token and print its key; exit with a sentence if there is no such user."""
        owner = User.objects.filter(username=user).first()
        if owner is None:
            sys.exit(f"stopbath: There is no user named {user!r}.")
        _, key = Token.make(owner, name[:MAX_TOKEN_NAME_CHARACTERS])
        self.stdout.write(key)
