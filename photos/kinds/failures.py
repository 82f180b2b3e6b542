"""What a person is told when a photo cannot be opened, read or written."""

import errno
from pathlib import Path

from jobs.errors import ItemFailed, PassingFault
from jobs.work import Work
from photos.imaging.formats import Unreadable
from photos.imaging.formats.errors import DISK_FULL
from photos.models import Photo

FULL = {errno.ENOSPC, errno.EDQUOT}
# What a storage behind a network says when it is away for a moment.
PASSING = {
    errno.EIO, errno.EAGAIN, errno.EBUSY, errno.ETIMEDOUT, errno.ESTALE, errno.ENOTCONN, errno.ECONNRESET,
    errno.ECONNREFUSED, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH,
}  # fmt: skip
DELETED = "The photo was deleted before it was processed"
GONE = "The photo was deleted, or no longer matched the filter, before its turn came"


def of_missing_photo(work: Work) -> ItemFailed:
    """Why there is no photo for an item: without a key it was not in the selection any more when its turn came."""
    return ItemFailed(GONE if work.ref is None else DELETED)


def refuse_missing(path: Path, work: Work) -> None:
    """Raise ItemFailed when the original is not there."""
    if not path.exists():
        raise ItemFailed(missing(work))


def failure(error: Unreadable | OSError, path: Path, work: Work) -> ItemFailed:
    """What went wrong with a file: its own fault, or one of the storage that may pass."""
    if isinstance(error, OSError) and error.errno in PASSING:
        return PassingFault(in_words(error))
    return ItemFailed(in_words(error) if path.exists() else missing(work))


def of_storage(error: OSError) -> ItemFailed:
    """What went wrong where no single file is at fault."""
    return PassingFault(in_words(error)) if error.errno in PASSING else ItemFailed(in_words(error))


def missing(work: Work) -> str:
    """Why an original is not there: deleted a moment ago, or lost."""
    if Photo.objects.filter(pk=work.ref or 0).exists():
        return "The original is missing from the storage"
    return DELETED


def in_words(error: Unreadable | OSError) -> str:
    """What a person can do about it."""
    if isinstance(error, Unreadable):
        return str(error)
    if error.errno in FULL:
        return DISK_FULL
    return f"The file could not be read or written: {error.strerror or error}"
