"""Untrusted bytes are looked at in child processes with a memory ceiling and a time limit, never in the web server."""

from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from photos import pipeline, store
from photos.formats import Limits, Probe, Unreadable, probe
from photos.models import StoredFile
from photos.sandbox import Sandbox

SECONDS = 20


@cache
def sandbox() -> Sandbox:
    """The children of this process, started when first needed."""
    return Sandbox()


def limits() -> Limits:
    """How large a picture may be."""
    return Limits(megapixels=settings.STOPBATH_MAX_MEGAPIXELS)


def facts(path: Path) -> Probe:
    """What a file's header says. Raises Unreadable."""
    found: Probe = sandbox().run(probe, path, limits(), seconds=SECONDS)
    return found


def thumbnail(file: StoredFile) -> Path | None:
    """The cached thumbnail, made when first asked for; None when the content cannot be decoded."""
    target, mark = store.thumbnail(file.sha256), store.undecodable(file.sha256)
    if target.exists():
        return target
    if mark.exists():
        return None
    target.parent.mkdir(parents=True, exist_ok=True)
    with store.aside(".jpg") as made:
        try:
            sandbox().run(pipeline.thumbnail, file.path, made, seconds=SECONDS)
        except Unreadable:
            mark.touch()
            return None
        made.replace(target)
    return target


def preview(file: StoredFile, steps: list[Any]) -> bytes:
    """A picture as the steps make it, screen size, as JPEG. Raises Unreadable."""
    made: bytes = sandbox().run(pipeline.preview, file.path, file.format, steps, seconds=SECONDS)
    return made
