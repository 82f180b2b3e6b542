"""A disk whose renames, deletions and syncs are points of choice; a power cut empties what was not synced."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from tests.simulation.scheduler import current_actor, wait_here


class SimulatedDisk:
    """A folder of real files, changed through the functions of `os` that this class stands before."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.unsynced: set[int] = set()  # inodes

    def clear(self) -> None:
        """Delete every file."""
        for path in self.folder.iterdir():
            path.unlink()
        self.unsynced.clear()

    def files(self) -> set[str]:
        """The names of all files."""
        return {path.name for path in self.folder.iterdir()}

    def cut_power(self) -> None:
        """Empty every file whose bytes were not synced; what was synced stays."""
        for path in self.folder.iterdir():
            if path.stat().st_ino in self.unsynced:
                os.truncate(path, 0)
        self.unsynced.clear()

    def note_written(self, path: Path) -> None:
        """Note that a file has bytes that only the page cache has."""
        self.unsynced.add(path.stat().st_ino)

    def has(self, path: Any) -> bool:
        """Whether a path, not a handle, leads to this disk."""
        return isinstance(path, str | os.PathLike) and Path(path).parent == self.folder

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Stand before the functions of `os` inside the `with` block, for the threads of actors."""
        replace, unlink, fsync = os.replace, os.unlink, os.fsync

        def stop_before(call: Callable[..., Any], word: str) -> Callable[..., Any]:
            def changed(path: Any, *others: Any, **more: Any) -> Any:
                if current_actor() is not None and self.has(path):
                    wait_here(f"{word} a file")
                return call(path, *others, **more)

            return changed

        def sync(handle: int) -> None:
            if current_actor() is None:
                return fsync(handle)
            wait_here("syncs a file")
            # Not synced for real: no power is cut here but by `cut_power`.
            return self.unsynced.discard(os.fstat(handle).st_ino)

        with (
            patch.object(os, "replace", stop_before(replace, "renames")),
            patch.object(os, "unlink", stop_before(unlink, "deletes")),
            patch.object(os, "fsync", sync),
        ):
            yield
