"""Preparation before any part starts: migrations, static files, the first-start code."""

from django.core.management import call_command
from django.db import OperationalError, connections

from project.accounts import first_start
from project.accounts.models import User
from project.supervisor.parts import CannotStart
from project.supervisor.static_files import collect_static_files


def prepare() -> str:
    """Migrate, collect static files, and return the first-start code, or an empty text if an account exists.

    Leaves no database connection open, because the supervisor needs none. Raises CannotStart.
    """
    try:
        call_command("migrate", verbosity=0, interactive=False)
        collect_static_files()
        return first_start.make_code() if User.has_no_accounts() else ""
    except OperationalError as error:
        raise CannotStart(f"The database does not answer: {str(error).strip().splitlines()[0]}") from error
    finally:
        connections.close_all()
