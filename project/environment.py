"""Reads settings from environment variables; a wrong value raises ImproperlyConfigured with its name and a hint.

Packages for this purpose end with a traceback, where the operator needs one sentence.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

from django.core.exceptions import ImproperlyConfigured

MAX_PORT = 65_535
CERTIFICATE_CHECKS = ("required", "optional", "none")
TRUE_WORDS, FALSE_WORDS = {"1", "true", "yes", "on"}, {"", "0", "false", "no", "off"}


class Environment:
    """The variables of one process, one method per type. Each method raises ImproperlyConfigured for a wrong value."""

    def __init__(self, variables: Mapping[str, str] | None = None) -> None:
        self.variables = os.environ if variables is None else variables

    def text(self, name: str, default: str = "") -> str:
        """The variable without surrounding spaces; the default when it is unset or empty."""
        return self.variables.get(name, "").strip() or default

    def flag(self, name: str) -> bool:
        """Off unless set to 1, true, yes or on."""
        value = self.text(name).lower()
        if value not in TRUE_WORDS | FALSE_WORDS:
            raise ImproperlyConfigured(f"{name}={value!r} is neither on nor off: use 1 or 0.")
        return value in TRUE_WORDS

    def whole_number(self, name: str, default: int, minimum: int, maximum: int) -> int:
        """A whole number between minimum and maximum, both included."""
        try:
            return read_whole_number(self.text(name, str(default)), minimum, maximum)
        except ValueError as error:
            raise ImproperlyConfigured(f"{name}={error}") from error

    def comma_list(self, name: str, default: str) -> list[str]:
        """The parts of a comma-separated list, stripped, without the empty ones."""
        return [part.strip() for part in self.text(name, default).split(",") if part.strip()]

    def folder(self, name: str, default: Path) -> Path:
        """A writable folder, created with mode 0700 if it is missing."""
        path = Path(self.text(name, str(default))).expanduser().absolute()
        try:
            path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise ImproperlyConfigured(f"{name}={str(path)!r} cannot be used as a folder: {error.strerror}.") from error
        require_writable(name, path)
        return path

    def shared_folder(self, name: str, *own: Path) -> Path | None:
        """An existing writable folder, neither inside one of `own` nor around it; None if the variable is unset."""
        text = self.text(name)
        if not text:
            return None
        path = Path(text).expanduser().absolute()
        # Never create it: results would go to this disk instead of one that is not mounted yet.
        if not path.is_dir():
            raise ImproperlyConfigured(f"{name}={str(path)!r} is not a folder: make it, or mount it first.")
        require_writable(name, path)
        real = path.resolve()
        for mine in (folder.resolve() for folder in own):
            if real.is_relative_to(mine) or mine.is_relative_to(real):
                raise ImproperlyConfigured(f"{name}={str(path)!r} must be a folder apart from {str(mine)!r}.")
        return path

    def url(self, name: str, default: str, schemes: tuple[str, ...]) -> str:
        """An address with one of the schemes, or the default."""
        value = self.text(name, default)
        if value and not value.startswith(tuple(f"{scheme}://" for scheme in schemes)):
            raise ImproperlyConfigured(f"{name} must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}.")
        if not is_well_formed(value):
            raise ImproperlyConfigured(
                f"{name} cannot be read as an address: its port must be a number,"
                " and special characters of its password must be written in codes (# is %23, / is %2F, ? is %3F)."
            )
        return value

    def broker_url(self, name: str) -> str:
        """The addresses of Redis, with `ssl_cert_reqs` in encrypted ones."""
        value = self.url(name, "", ("redis", "rediss", "unix"))
        try:
            # Kombu takes several addresses with semicolons in between, each with a query of its own.
            return ";".join(map(require_certificate, value.split(";")))
        except ValueError as error:
            raise ImproperlyConfigured(f"{name}: {error}") from error


def read_whole_number(text: str, minimum: int, maximum: int) -> int:
    """The whole number in a text. Raises ValueError with a sentence for other texts and numbers out of range."""
    if not text.isascii() or not text.isdigit() or not minimum <= int(text) <= maximum:
        raise ValueError(f"{text!r} is not a whole number from {minimum} to {maximum}.")
    return int(text)


def require_writable(name: str, path: Path) -> None:
    """Raise ImproperlyConfigured, with the name of the variable, unless this process can write to the folder."""
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"{name}={str(path)!r} cannot be written to: check who owns it.")


def require_certificate(address: str) -> str:
    """The address of a Redis; `rediss://` addresses with `ssl_cert_reqs` in the query, by default "required".

    Raises ValueError for an unknown check and for a file of authorities that cannot be read.
    """
    parts = urlsplit(address)
    if parts.scheme != "rediss":
        return address
    query = dict(parse_qsl(parts.query))
    # Never leave this to the clients. Without this option, or with a misspelt one, Kombu trusts any server:
    # https://github.com/celery/kombu/blob/v5.7.0/kombu/connection.py (_init_params), kombu/utils/url.py. redis-py
    # verifies, and knows only the short names.
    check = query.get("ssl_cert_reqs", "required").lower().removeprefix("cert_")
    if check not in CERTIFICATE_CHECKS:
        raise ValueError(f"ssl_cert_reqs must be one of {', '.join(CERTIFICATE_CHECKS)}.")
    authorities = query.get("ssl_ca_certs")
    if authorities and not os.access(authorities, os.R_OK):
        raise ValueError(f"ssl_ca_certs names {authorities!r}, which cannot be read.")
    return parts._replace(query=urlencode(query | {"ssl_cert_reqs": check})).geturl()


def is_well_formed(address: str) -> bool:
    """Whether the parts of an address can be read: an unescaped # or / in a password ends the host."""
    try:
        parts = urlsplit(address)
        return not parts.fragment and (parts.scheme == "sqlite" or parts.port != 0)
    except ValueError:
        return False


def read_or_create_secret(path: Path) -> str:
    """The secret key in the file; generated at the first call, readable by its owner alone (0600)."""
    try:
        # O_EXCL: of several processes that start together, one writes the key and the others read it.
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text().strip()
    with os.fdopen(handle, "w") as file:
        file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()
