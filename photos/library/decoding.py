"""Decodes untrusted files in child processes that have limits of memory and time, never in the web server."""

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
from photos.imaging.formats.errors import FILE_DAMAGED
from photos.imaging.operations import Step
from photos.imaging.sandbox import Busy, Sandbox
from photos.models import StoredFile

logger = logging.getLogger(__name__)

MAX_DECODING_SECONDS = 20  # processor time for one file; also the longest wait for a lock
RETRY_AFTER_SECONDS = 3600  # a file that ran out of memory or time may succeed when the server is less busy
preview_lock = KeyedLock()  # a heavy preview occupies a child for seconds, and there are only two
output_thumbnail_lock = KeyedLock()  # the page of a job requests dozens of missing thumbnails at once


@cache
def sandbox() -> Sandbox:
    """The child processes that decode for this process, started at the first call and ended with it."""
    children = Sandbox()
    atexit.register(children.close)
    return children


def run_in_sandbox[T](function: Callable[..., T], *args: Any) -> T:
    """Call a function in a child process; its first argument is the path of the file.

    Raises Unreadable, Busy if no child is free, or FileNotFoundError.
    """
    try:
        return sandbox().run(function, *args, seconds=MAX_DECODING_SECONDS)
    except (Unreadable, FileNotFoundError):
        raise
    except Exception as error:
        # Decoders fail in unknown ways: to the user the file is damaged, to us the traceback in the log is a bug.
        logger.exception("Opening a file failed in an unknown way: %s", args[0])
        raise Unreadable(FILE_DAMAGED) from error


def inspect_file(path: Path, thumbnail: Path) -> pipeline.Inspection:
    """Probe an uploaded file and write its thumbnail to `thumbnail`. Raises Unreadable."""
    return run_in_sandbox(pipeline.inspect_file, path, Limits(megapixels=settings.STOPBATH_MAX_MEGAPIXELS), thumbnail)


def ensure_thumbnail(file: StoredFile) -> Path | None:
    """The path of an original's thumbnail, made if it is missing; None for a file that cannot be decoded.

    Raises Busy.
    """
    target, failure_mark = storage.thumbnail(file.sha256), storage.undecodable_mark(file.sha256)
    if target.exists():
        return target
    if failure_mark.exists() and time.time() - failure_mark.stat().st_mtime < RETRY_AFTER_SECONDS:
        return None
    with storage.temporary_file(".jpg") as temporary:
        try:
            run_in_sandbox(pipeline.write_thumbnail, file.path, temporary)
        except Busy:
            raise  # it is an Unreadable too, but says nothing about the file: no failure mark
        except (Unreadable, FileNotFoundError):
            failure_mark.parent.mkdir(parents=True, exist_ok=True)
            failure_mark.touch()
            return None
        storage.keep_thumbnail(temporary, file.sha256)
    return target


def ensure_output_thumbnail(output: Path, asked_by: int | None) -> Path | None:
    """The path of an output's thumbnail, made if it is missing; None for a file that cannot be decoded.

    Thumbnails for one user are made one at a time. Raises Busy.
    """
    target = storage.output_thumbnail(output)
    if target.exists():
        return target
    with storage.temporary_file(".jpg") as temporary:
        try:
            with output_thumbnail_lock.hold(asked_by, MAX_DECODING_SECONDS):
                run_in_sandbox(pipeline.write_thumbnail, output, temporary)
            temporary.replace(target)
        except LockNotAcquired as error:
            raise Busy(f"There is no thumbnail: {error}") from error
        except Busy:
            raise
        except (Unreadable, FileNotFoundError):  # the latter: the job was deleted meanwhile
            return None
    return target


def render_preview(file: StoredFile, steps: Sequence[Step], asked_by: int | None, page: int = 1) -> bytes:
    """A page after the steps, as a JPEG of screen size. `page` counts from 1. Raises Unreadable.

    Previews of one user are rendered one at a time; a new call makes the user's waiting calls raise Busy.
    """
    return render_page(file, steps, asked_by, page, is_replaceable=True)


def render_screen(file: StoredFile, asked_by: int | None) -> bytes:
    """The first page without any step, as a JPEG of screen size, one at a time for each user. Raises Unreadable."""
    return render_page(file, [], asked_by, page=1, is_replaceable=False)


def render_page(
    file: StoredFile, steps: Sequence[Step], asked_by: int | None, page: int, is_replaceable: bool
) -> bytes:
    try:
        if not file.path.exists():
            raise FileNotFoundError(file.path)
        with preview_lock.hold(asked_by, MAX_DECODING_SECONDS, is_replaceable):
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
        raise Unreadable(storage.ORIGINAL_MISSING) from error
