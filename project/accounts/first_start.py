"""The first account: who may make it, and that it is made once."""

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
# Without the letters and digits that look alike.
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
    """Somebody else made the first account a moment earlier."""


def code_file() -> Path:
    """Where the code is kept while there is no account."""
    return Path(settings.STOPBATH_DATA) / CODE_FILE


def read_code() -> str:
    """The code of this data folder, or nothing when none has been made."""
    try:
        return code_file().read_text().strip()
    except FileNotFoundError:
        return ""


def make_code() -> str:
    """The code to print: the one in the data folder, or a new one that only its owner can read."""
    if kept := read_code():
        return kept
    letters = "".join(secrets.choice(CODE_ALPHABET) for _ in range(12))
    code = "-".join((letters[:4], letters[4:8], letters[8:]))
    handle = os.open(code_file(), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(code)
    return code


def is_code_correct(given: str) -> bool:
    """Whether this is the code that was printed; case, spaces and hyphens do not matter."""
    kept = normalize_code(read_code())
    return bool(kept) and secrets.compare_digest(normalize_code(given).encode(), kept.encode())


def normalize_code(code: str) -> str:
    """The letters and digits of a code."""
    return "".join(letter for letter in code.lower() if letter.isalnum())


def is_from_this_machine(request: HttpRequest) -> bool:
    """Whether the request comes from this machine itself, and not through a proxy."""
    if any(header in request.META for header in PROXY_HEADERS):
        return False
    try:
        return ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


@transaction.atomic
def create_first_account(username: str, password: str) -> User:
    """The first account, with every right. Raises TooLate when there is one already."""
    # Any row will do that always exists: two visitors who race are let in one after the other.
    ContentType.objects.select_for_update().get(app_label="accounts", model="user")
    if not User.has_no_accounts():
        raise AccountExists
    user = (
        User.objects.filter(username=LOCAL_USERNAME).first() or User()
    )  # whose photos and jobs the first account takes over
    user.username, user.is_staff, user.is_superuser = username, True, True
    user.set_password(password)
    user.save()
    transaction.on_commit(lambda: code_file().unlink(missing_ok=True))
    return user
