"""Writes files into the folder of results that the operator allows: whole, inside it, and never over what is there.

Before a file appears, a note beside the outputs says where: so what a killed worker had written is known as ours.
"""

import errno
import json
import os
import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from django.conf import settings

from photos.files import names
from photos.imaging.atomic_file import write_atomically

CHUNK_BYTES = 4 * 1024 * 1024
FOLDER_FLAGS = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
NEW_FILE_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
FOLDER_MISSING_ERRNOS = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}
LINKS_UNSUPPORTED_ERRNOS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK}


class DeliveryTakenOver(Exception):
    """Another attempt at the same file has written a note since: this one must not go on."""


@dataclass(frozen=True)
class DeliveryNote:
    """A delivered file as it lies in the folder of results: how a later attempt knows it as its own."""

    path: str
    aside: str  # its name until it is whole
    size: int
    time: int  # when it was last changed, in seconds
    is_copied: bool = True  # whether the temporary file is whole, so that the path may be its own by now

    @classmethod
    def read(cls, at: Path) -> "DeliveryNote | None":
        """The note that is kept there."""
        try:
            return cls(**json.loads(at.read_bytes()))
        except FileNotFoundError:
            return None

    def write(self, at: Path) -> None:
        """Write the note, whole or not at all."""
        at.parent.mkdir(parents=True, exist_ok=True)
        with write_atomically(at) as aside:
            aside.write_text(json.dumps(asdict(self)))

    def describes(self, name: str, folder: int) -> bool:
        """Whether the file of that name is the one that we put there, as we put it there.

        Size and time alone do not tell: two lanes may want the same free name within a second, and the worker of the
        one that came too late may be killed.
        """
        found = find_file(name, folder)
        if found is None or not self.is_copied:
            return False
        temporary = find_file(self.aside, folder)  # it goes only after it got its name
        is_ours = temporary is None or os.path.samestat(temporary, found)
        # Empty: a name that was taken where there are no hard links, and then the worker was killed.
        return not found.st_size or (is_ours and (found.st_size, int(found.st_mtime)) == (self.size, self.time))


def root() -> Path:
    """The folder of results. Raises FileNotFoundError where the operator allows none."""
    if settings.STOPBATH_RESULTS is None:
        raise FileNotFoundError(errno.ENOENT, "STOPBATH_RESULTS is not set for this worker")
    return Path(settings.STOPBATH_RESULTS)


def deliver(source: Path, path: str, note_at: Path, check: Callable[[], None]) -> str:
    """Copy a file into the folder of results; returns the path that the file got there.

    A delivery repeated with the same note first removes what the earlier one left. `check` may raise to stop the copy.
    Raises OSError, or DeliveryTakenOver when another attempt has written the note meanwhile.
    """
    remove_delivered(note_at)
    size = source.stat().st_size
    note: DeliveryNote | None = None

    def announce(place: str, temporary: str, modified: int, is_copied: bool) -> None:
        nonlocal note
        note = DeliveryNote(place, temporary, size, modified, is_copied)
        note.write(note_at)

    def confirm() -> None:
        check()
        if DeliveryNote.read(note_at) != note:
            raise DeliveryTakenOver(path)

    try:
        return write_file(source, root(), path, announce, confirm)
    except DeliveryTakenOver:
        raise
    except BaseException:
        if note is not None and note.is_copied:  # the temporary file is gone, and the path is not ours
            replace(note, is_copied=False).write(note_at)
        raise


def write_file(
    source: Path,
    base: Path,
    path: str,
    announce: Callable[[str, str, int, bool], None] = lambda place, temporary, modified, is_copied: None,
    check: Callable[[], None] = lambda: None,
) -> str:
    """Copy a file to a path below an existing folder; returns the path that it got, numbered where that was taken.

    Whole or not at all, never over what is there, and never through a link inside the folder. Before anything is
    written, `announce` gets the path, the temporary name, the time of modification in seconds, and False; before the
    file appears, the same with True. `check` may raise: between pieces, and before the file appears. Raises OSError.
    """
    *folders, name = path.split("/")
    temporary = f".{secrets.token_hex(8)}.part"
    modified = int(time.time()) // 2 * 2  # FAT keeps even seconds
    is_copied = False
    with open_folder(base, folders, make=True) as folder:
        try:
            while True:
                free = find_free_name(name, folder)
                place = "/".join((*folders, free))
                if not is_copied:
                    # Before the first byte: a file whose writer was killed is then known, whatever its name is by now.
                    announce(place, temporary, modified, False)
                    copy(source, temporary, folder, modified, check)
                    is_copied = True
                check()
                announce(place, temporary, modified, True)
                if publish(temporary, free, folder):
                    os.fsync(folder)
                    return place
        finally:
            with suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=folder)


def remove_delivered(note_at: Path) -> None:
    """Remove the file that a note describes, unless it was changed since; nothing without a note. Raises OSError."""
    note = DeliveryNote.read(note_at)
    if note is None:
        return
    *folders, name = note.path.split("/")
    try:
        with open_folder(root(), folders) as folder:
            # The temporary file last: as long as it is there, it tells whose the name is.
            if note.describes(name, folder):
                os.unlink(name, dir_fd=folder)
            with suppress(FileNotFoundError):
                os.unlink(note.aside, dir_fd=folder)
    except OSError as error:
        if error.errno not in FOLDER_MISSING_ERRNOS:  # else somebody has moved it away, and it is theirs
            raise


def remove_empty_folders(note_at: Path) -> None:
    """Remove the folders of a removed file, innermost first, as long as they are empty."""
    note = DeliveryNote.read(note_at)
    folders = note.path.split("/")[:-1] if note else []
    while folders:
        *above, last = folders
        try:
            with open_folder(root(), above) as folder:
                os.rmdir(last, dir_fd=folder)
        except OSError:  # not empty, or gone already
            return
        folders = above


@contextmanager
def open_folder(base: Path, folders: Sequence[str], make: bool = False) -> Iterator[int]:
    """A descriptor of a folder below another, reached without following a link. Raises OSError."""
    handle = os.open(base, os.O_RDONLY | os.O_DIRECTORY)  # the base itself may be a link: the operator chose it
    try:
        for name in folders:
            if make:
                with suppress(FileExistsError):
                    os.mkdir(name, dir_fd=handle)
            # One folder at a time: O_NOFOLLOW guards only the last part of a path.
            inner = os.open(name, FOLDER_FLAGS, dir_fd=handle)
            os.close(handle)
            handle = inner
        yield handle
    finally:
        os.close(handle)


def find_free_name(name: str, folder: int) -> str:
    """The name, or with the first number that is free: few looks are enough where thousands are alike."""
    high = 1
    while is_taken(number_name(name, high), folder):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if is_taken(number_name(name, middle), folder) else (low, middle)
    return number_name(name, high)


def number_name(name: str, number: int) -> str:
    return name if number == 1 else names.add_number(name, number)


def is_taken(name: str, folder: int) -> bool:
    """Whether there is something of that name, be it a link that leads nowhere."""
    return find_file(name, folder) is not None


def find_file(name: str, folder: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def copy(source: Path, aside: str, folder: int, changed: int, check: Callable[[], None]) -> None:
    handle = os.open(aside, NEW_FILE_FLAGS, 0o666, dir_fd=folder)
    with source.open("rb") as file, os.fdopen(handle, "wb", buffering=0) as target:
        while piece := file.read(CHUNK_BYTES):
            check()
            while piece:
                piece = piece[target.write(piece) :]
        os.utime(handle, (changed, changed))
        os.fsync(handle)


def publish(aside: str, name: str, folder: int) -> bool:
    """Give a whole file its name; False when another has that by now. Raises OSError."""
    try:
        os.link(aside, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in LINKS_UNSUPPORTED_ERRNOS:
            raise
        return publish_without_links(aside, name, folder)
    return True


def publish_without_links(aside: str, name: str, folder: int) -> bool:
    """Publish where there are no hard links; False when another file has the name.

    An empty file takes the name first: a rename alone would write over whatever appeared meanwhile.
    """
    try:
        os.close(os.open(name, NEW_FILE_FLAGS, 0o666, dir_fd=folder))
    except FileExistsError:
        return False
    os.replace(aside, name, src_dir_fd=folder, dst_dir_fd=folder)
    return True
