"""Atomic writes: a temporary file in the target's folder is synced, then renamed, so no reader sees a partial file."""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def write_atomically(target: Path, durable: bool = True) -> Iterator[Path]:
    """Yield a path in the target's folder to write to; at the end it replaces the target, after an error it is removed.

    Without `durable` the rename does not wait for the disk: the caller calls `sync` before the file counts.
    """
    # Beside the target, because a rename is atomic within one file system only.
    temporary = target.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield temporary
        if durable:
            # Before the rename: after a power cut a new name may stand before bytes that were never written.
            sync(temporary)
        # The folder is not synced: a power cut may lose the new name, which leaves the complete old file or none.
        temporary.replace(target)
    finally:
        temporary.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk. Raises OSError if the disk refuses them."""
    # fsync works on the file, not on the handle: a new one, for reading, also flushes what others wrote.
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
