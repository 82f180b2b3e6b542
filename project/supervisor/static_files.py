"""Collects the static files, only when one of them has changed: it takes seconds."""

import hashlib
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

# Only Swagger's pages are used, not Redoc's.
UNUSED = ["redoc"]
STAMP = ".collected"


def collect() -> None:
    """Put every static file into STATIC_ROOT, under its name and with its hash, compressed."""
    stamp = Path(settings.STATIC_ROOT) / STAMP
    now = fingerprint()
    if stamp.exists() and stamp.read_text() == now:
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True, ignore_patterns=UNUSED)
    stamp.write_text(now)


def fingerprint() -> str:
    """A hash over the names, sizes and times of all source files, and how they are stored."""
    lines = [django.__version__, str(settings.STORAGES["staticfiles"])]
    for finder in get_finders():
        for name, storage in finder.list(UNUSED):
            facts = Path(storage.path(name)).stat()
            lines.append(f"{name} {facts.st_size} {facts.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
