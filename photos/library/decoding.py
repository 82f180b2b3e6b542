"""Untrusted bytes are looked at in child processes with a ceiling of memory and time, never in the web server."""

import atexit
import logging
import time
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from django.conf import settings

from photos.files import storage
from photos.files.keyed_lock import KeyedLock, LockNotAcquired
from photos.imaging import pipeline
from photos.imaging import preview as imaging_preview
from photos.imaging.formats import Limits, Unreadable
from photos.imaging.operations import Step
from photos.imaging.sandbox import Busy, Sandbox
from photos.models import StoredFile

logger = logging.getLogger(__name__)

MAX_DECODING_SECONDS = 20  # of processor time that a file may cost; a preview waits as long for the one before it
RETRY_AFTER_SECONDS = 3600  # seconds: what failed for want of memory or time may succeed on a quieter day
FILE_DAMAGED = "The file is damaged and cannot be opened"
preview_lock = KeyedLock()  # a heavy preview takes seconds of a child, and there are only two
output_thumbnail_lock = KeyedLock()  # a page of a job asks for dozens of thumbnails that nobody has made yet


@cache
def sandbox() -> Sandbox:
    """The children of this process, started when first needed and ended with it."""
    children = Sandbox()
    atexit.register(children.close)
    return children


def run_in_sandbox[T](function: Callable[..., T], *args: Any) -> T:
    """Call a function in a child. Raises Unreadable, or FileNotFoundError when the file is not there."""
    try:
        return sandbox().run(function, *args, seconds=MAX_DECODING_SECONDS)
    except (Unreadable, FileNotFoundError):
        raise
    except Exception as error:
        # A decoder may fail in ways that nobody has seen yet: for the person the file is damaged, for us it is a bug.
        logger.exception("Opening a file failed in an unknown way: %s", args[0])
        raise Unreadable(FILE_DAMAGED) from error


def inspect_file(path: Path, small: Path) -> pipeline.Inspection:
    """What is known of a file at its arrival, and its thumbnail. Raises Unreadable."""
    return run_in_sandbox(pipeline.inspect_file, path, Limits(megapixels=settings.STOPBATH_MAX_MEGAPIXELS), small)


def ensure_thumbnail(file: StoredFile) -> Path | None:
    """The thumbnail, made anew if it is not there; None when it cannot be made. Raises Busy."""
    target, mark = storage.thumbnail(file.sha256), storage.undecodable_mark(file.sha256)
    if target.exists():
        return target
    if mark.exists() and time.time() - mark.stat().st_mtime < RETRY_AFTER_SECONDS:
        return None
    with storage.temporary_file(".jpg") as made:
        try:
            run_in_sandbox(pipeline.write_thumbnail, file.path, made)
        except Busy:
            raise
        except (Unreadable, FileNotFoundError):
            mark.parent.mkdir(parents=True, exist_ok=True)
            mark.touch()
            return None
        storage.keep_thumbnail(made, file.sha256)
    return target


def ensure_output_thumbnail(output: Path, asked_by: int | None) -> Path | None:
    """The thumbnail of an output, made when first asked for, a person's one after the other; None when it cannot be.

    Raises Busy.
    """
    target = storage.output_thumbnail(output)
    if target.exists():
        return target
    with storage.temporary_file(".jpg") as made:
        try:
            with output_thumbnail_lock.hold(asked_by, MAX_DECODING_SECONDS):
                run_in_sandbox(pipeline.write_thumbnail, output, made)
            made.replace(target)
        except LockNotAcquired as error:
            raise Busy(f"There is no thumbnail: {error}") from error
        except Busy:
            raise
        except (Unreadable, FileNotFoundError):  # the latter: its job has been deleted meanwhile
            return None
    return target


def render_preview(file: StoredFile, steps: Sequence[Step], asked_by: int | None, page: int = 1) -> bytes:
    """A page as the steps make it, screen size, as JPEG. Raises Unreadable.

    One at a time for each person: of those that wait only the latest is made.
    """
    return render_page(file, steps, asked_by, page, gives_way=True)


def render_screen(file: StoredFile, asked_by: int | None) -> bytes:
    """A picture as it is, screen size, as JPEG; a person's come one after the other. Raises Unreadable."""
    return render_page(file, [], asked_by, page=1, gives_way=False)


def render_page(file: StoredFile, steps: Sequence[Step], asked_by: int | None, page: int, gives_way: bool) -> bytes:
    """The same for both."""
    try:
        if not file.path.exists():
            raise FileNotFoundError(file.path)
        with preview_lock.hold(asked_by, MAX_DECODING_SECONDS, gives_way):
            copy = storage.reserve_preview(file.sha256, page)
            return run_in_sandbox(
                imaging_preview.render_preview,
                file.path,
                file.format,
                list(steps),
                copy,
                imaging_preview.SCREEN_EDGE_PIXELS,
                page - 1,
            )
    except LockNotAcquired as error:
        raise Busy(f"There is no preview: {error}") from error
    except FileNotFoundError as error:
        raise Unreadable("The original is missing from the storage") from error
