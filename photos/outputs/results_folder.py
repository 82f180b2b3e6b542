"""Writes files into the folder of results that the operator allows: complete, inside it, never over existing files.

Before a file appears, a note beside the outputs records its path, so that the file of a killed worker is recognised.
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
    """Another attempt at the same file has written its note since: this one must stop."""


@dataclass(frozen=True)
class DeliveryNote:
    """A record of a file in the folder of results, by which a later attempt recognises its own file."""

    path: str
    aside: str  # its temporary name, until it is complete; a key of the notes on the disk
    size: int
    time: int  # of its last change, in seconds since 1970
    is_copied: bool = True  # whether the temporary file is complete, so that the path may be its own

    @classmethod
    def read(cls, at: Path) -> "DeliveryNote | None":
        """The note at that path; None if there is none."""
        try:
            return cls(**json.loads(at.read_bytes()))
        except FileNotFoundError:
            return None

    def write(self, at: Path) -> None:
        """Write the note atomically."""
        at.parent.mkdir(parents=True, exist_ok=True)
        with write_atomically(at) as temporary:
            temporary.write_text(json.dumps(asdict(self)))

    def describes(self, name: str, folder: int) -> bool:
        """Whether the file of that name is the delivered one, unchanged. `folder` is a descriptor.

        Size and time alone prove nothing: two lanes may want the same free name within a second, and the worker of the
        later one may be killed.
        """
        delivered = find_file(name, folder)
        if delivered is None or not self.is_copied:
            return False
        temporary = find_file(self.aside, folder)  # it is removed only after the file has its name
        is_ours = temporary is None or os.path.samestat(temporary, delivered)
        # Empty: reserved by `publish_without_links` of a worker that was killed then.
        return not delivered.st_size or (
            is_ours and (delivered.st_size, int(delivered.st_mtime)) == (self.size, self.time)
        )


def root() -> Path:
    """The folder of results. Raises FileNotFoundError if the operator has set none."""
    if settings.STOPBATH_RESULTS is None:
        raise FileNotFoundError(errno.ENOENT, "STOPBATH_RESULTS is not set for this worker")
    return Path(settings.STOPBATH_RESULTS)


def deliver(source: Path, path: str, note_at: Path, check: Callable[[], None]) -> str:
    """Copy a file into the folder of results; returns the path of the copy.

    A delivery repeated with the same note first removes the earlier copy. `check` may raise to stop. Raises OSError, or
    DeliveryTakenOver if another attempt has written the note meanwhile.
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
        if note is not None and note.is_copied:  # the temporary file was removed, and the path is another file's
            replace(note, is_copied=False).write(note_at)
        raise


def write_file(
    source: Path,
    base: Path,
    path: str,
    announce: Callable[[str, str, int, bool], None] = lambda place, temporary, modified, is_copied: None,
    check: Callable[[], None] = lambda: None,
) -> str:
    """Copy a file to a path below an existing folder; returns the path of the copy, numbered if that name was taken.

    The copy appears complete or not at all, never over an existing file, and never through a link inside the folder.
    Before anything is written, `announce` gets the path, the temporary name, the time of modification in seconds, and
    False; before the copy appears, the same with True. `check` may raise: between pieces, and before the copy appears.
    Raises OSError.
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
                    # Before the first byte: the file of a killed writer is then recognised under either name.
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
    """Remove the file that a note describes unless it was changed since; without a note do nothing. Raises OSError."""
    note = DeliveryNote.read(note_at)
    if note is None:
        return
    *folders, name = note.path.split("/")
    try:
        with open_folder(root(), folders) as folder:
            # The temporary file last: while it exists, it proves whose the name is.
            if note.describes(name, folder):
                os.unlink(name, dir_fd=folder)
            with suppress(FileNotFoundError):
                os.unlink(note.aside, dir_fd=folder)
    except OSError as error:
        if error.errno not in FOLDER_MISSING_ERRNOS:  # else the user moved the folder away, with the file
            raise


def remove_empty_folders(note_at: Path) -> None:
    """Remove the folders of the file that a note describes, innermost first, as long as they are empty."""
    note = DeliveryNote.read(note_at)
    folders = note.path.split("/")[:-1] if note else []
    while folders:
        *above, last = folders
        try:
            with open_folder(root(), above) as folder:
                os.rmdir(last, dir_fd=folder)
        except OSError:  # not empty, or deleted already
            return
        folders = above


@contextmanager
def open_folder(base: Path, folders: Sequence[str], make: bool = False) -> Iterator[int]:
    """A descriptor of a folder below `base`, reached without following a link. Raises OSError."""
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
    """The name, or the name with a free number: a binary search, which stays fast among thousands of equal names."""
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
    """Whether a file, folder or link has that name, even a link that leads nowhere."""
    return find_file(name, folder) is not None


def find_file(name: str, folder: int) -> os.stat_result | None:
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


def copy(source: Path, temporary: str, folder: int, modified: int, check: Callable[[], None]) -> None:
    handle = os.open(temporary, NEW_FILE_FLAGS, 0o666, dir_fd=folder)
    with source.open("rb") as file, os.fdopen(handle, "wb", buffering=0) as target:
        while piece := file.read(CHUNK_BYTES):
            check()
            while piece:
                piece = piece[target.write(piece) :]
        os.utime(handle, (modified, modified))
        os.fsync(handle)


def publish(temporary: str, name: str, folder: int) -> bool:
    """Give a complete file its name; False if another file has it. Raises OSError."""
    try:
        os.link(temporary, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
    except FileExistsError:
        return False
    except OSError as error:
        if error.errno not in LINKS_UNSUPPORTED_ERRNOS:
            raise
        return publish_without_links(temporary, name, folder)
    return True


def publish_without_links(temporary: str, name: str, folder: int) -> bool:
    """Publish on a file system without hard links; False if another file has the name.

    An empty file reserves the name first: a rename alone would replace a file that appeared meanwhile.
    """
    try:
        os.close(os.open(name, NEW_FILE_FLAGS, 0o666, dir_fd=folder))
    except FileExistsError:
        return False
    os.replace(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    return True
