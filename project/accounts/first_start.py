"""The first account: the right to create it, and its creation exactly once."""

import os
import secrets
from ipaddress import ip_address
from pathlib import Path

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.http import HttpRequest

from project.accounts.models import LOCAL_USERNAME, User

CODE_FILE = "first-start-code"
# Without letters and digits that look alike.
CODE_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"
PROXY_HEADERS = (
    "HTTP_FORWARDED",
    "HTTP_VIA",
    "HTTP_X_FORWARDED_FOR",
    "HTTP_X_FORWARDED_HOST",
    "HTTP_X_FORWARDED_PROTO",
    "HTTP_X_REAL_IP",
)


class AccountExists(Exception):
    """The first account exists already."""


def code_file() -> Path:
    """The path of the file with the code; it exists until there is an account."""
    return Path(settings.STOPBATH_DATA) / CODE_FILE


def read_code() -> str:
    """The code in the data folder; empty if there is none."""
    try:
        return code_file().read_text().strip()
    except FileNotFoundError:
        return ""


def make_code() -> str:
    """The code in the data folder, or a new one, written there with mode 0600."""
    if existing := read_code():
        return existing
    letters = "".join(secrets.choice(CODE_ALPHABET) for _ in range(12))
    code = "-".join((letters[:4], letters[4:8], letters[8:]))
    handle = os.open(code_file(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(code)
    return code


def is_code_correct(entry: str) -> bool:
    """Whether `entry` is the printed code, apart from case, spaces and hyphens. Compares in constant time."""
    code = normalize_code(read_code())
    return bool(code) and secrets.compare_digest(normalize_code(entry).encode(), code.encode())


def normalize_code(code: str) -> str:
    """The letters and digits of a code."""
    return "".join(letter for letter in code.lower() if letter.isalnum())


def is_from_this_machine(request: HttpRequest) -> bool:
    """Whether the request comes from this machine, and not through a proxy, which may forward strangers."""
    if any(header in request.META for header in PROXY_HEADERS):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


@transaction.atomic
def create_first_account(username: str, password: str) -> User:
    """Create the first account, a superuser. Raises AccountExists."""
    # Any row that always exists serves as the lock: of two visitors at the same moment, the second is refused.
    ContentType.objects.select_for_update().get(app_label="accounts", model="user")
    if not User.has_no_accounts():
        raise AccountExists
    # The first account takes over the photos and jobs of the local user.
    user = User.objects.filter(username=LOCAL_USERNAME).first() or User()
    user.username, user.is_staff, user.is_superuser = username, True, True
    user.set_password(password)
    user.save()
    transaction.on_commit(lambda: code_file().unlink(missing_ok=True))
    return user
