"""The errors of items whose photo cannot be opened, read or written."""

import errno
from pathlib import Path

from jobs.errors import ItemFailed, PassingFault
from jobs.work import Work
from photos.files.storage import ORIGINAL_MISSING
from photos.imaging.formats import Unreadable
from photos.imaging.formats.errors import DISK_FULL
from photos.models import Photo

DISK_FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT}
# Errors of network storage that is unreachable for a moment.
TRANSIENT_ERRNOS = {
    errno.EIO, errno.EAGAIN, errno.EBUSY, errno.ETIMEDOUT, errno.ESTALE, errno.ENOTCONN, errno.ECONNRESET,
    errno.ECONNREFUSED, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH,
}  # fmt: skip
PHOTO_DELETED = "The photo was deleted before it was processed"
PHOTO_UNAVAILABLE = "The photo was deleted, or no longer matched the filter, before its turn came"


def missing_photo_failure(work: Work) -> ItemFailed:
    """The error of an item whose photo does not exist; an item without a key found none in the selection."""
    return ItemFailed(PHOTO_UNAVAILABLE if work.ref is None else PHOTO_DELETED)


def require_original(path: Path, work: Work) -> None:
    """Raise ItemFailed if the original is missing."""
    if not path.exists():
        raise ItemFailed(missing_original_reason(work))


def file_failure(error: Unreadable | OSError, path: Path, work: Work) -> ItemFailed:
    """The error of an item with a faulty file: a PassingFault if the storage is unreachable for a moment."""
    if isinstance(error, OSError) and error.errno in TRANSIENT_ERRNOS:
        return PassingFault(describe_error(error))
    return ItemFailed(describe_error(error) if path.exists() else missing_original_reason(work))


def storage_failure(error: OSError) -> ItemFailed:
    """The error of an item that could not be stored: a PassingFault if the storage is unreachable for a moment."""
    return PassingFault(describe_error(error)) if error.errno in TRANSIENT_ERRNOS else ItemFailed(describe_error(error))


def missing_original_reason(work: Work) -> str:
    """Why an original is missing, as a sentence: the photo was deleted meanwhile, or the file was lost."""
    if Photo.objects.filter(pk=work.ref or 0).exists():
        return ORIGINAL_MISSING
    return PHOTO_DELETED


def describe_error(error: Unreadable | OSError) -> str:
    """The sentence for the user about an error of a file."""
    if isinstance(error, Unreadable):
        return str(error)
    if error.errno in DISK_FULL_ERRNOS:
        return DISK_FULL
    return f"The file could not be read or written: {error.strerror or error}"
