"""Collects the static files, which takes seconds, only if one of them has changed."""

import hashlib
from pathlib import Path

import django
from django.conf import settings
from django.contrib.staticfiles.finders import get_finders
from django.core.management import call_command

# Only Swagger's pages are used, not Redoc's.
IGNORED_PATTERNS = ["redoc"]
STAMP_FILE = ".collected"


def collect_static_files() -> None:
    """Collect into STATIC_ROOT unless the stamp of the last collection matches the sources."""
    stamp = Path(settings.STATIC_ROOT) / STAMP_FILE
    fingerprint = source_fingerprint()
    if stamp.exists() and stamp.read_text() == fingerprint:
        return
    call_command("collectstatic", verbosity=0, interactive=False, clear=True, ignore_patterns=IGNORED_PATTERNS)
    stamp.write_text(fingerprint)


def source_fingerprint() -> str:
    """A SHA-256 over Django's version, the storage and the names, sizes and times of all source files."""
    lines = [django.__version__, str(settings.STORAGES["staticfiles"])]
    for finder in get_finders():
        for name, storage in finder.list(IGNORED_PATTERNS):
            facts = Path(storage.path(name)).stat()
            lines.append(f"{name} {facts.st_size} {facts.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()
