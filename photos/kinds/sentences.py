"""What goes wrong with a file, as a person reads it."""

import errno

from jobs.errors import ItemFailed, PassingFault
from photos.formats import Unreadable

FULL = {errno.ENOSPC, errno.EDQUOT}
# What a storage behind a network says when it is away for a moment.
PASSING = {
    errno.EIO, errno.EAGAIN, errno.EBUSY, errno.ETIMEDOUT, errno.ESTALE, errno.ENOTCONN, errno.ECONNRESET,
    errno.ECONNREFUSED, errno.EHOSTDOWN, errno.EHOSTUNREACH, errno.ENETDOWN, errno.ENETUNREACH,
}  # fmt: skip


def failed(error: Unreadable | OSError) -> ItemFailed:
    """What went wrong with an item: its own fault, or one of the storage that may pass."""
    return PassingFault(in_words(error)) if passes(error) else ItemFailed(in_words(error))


def passes(error: Unreadable | OSError) -> bool:
    """Whether it may be gone in a moment."""
    return isinstance(error, OSError) and error.errno in PASSING


def in_words(error: Unreadable | OSError) -> str:
    """What a person can do about it."""
    if isinstance(error, Unreadable):
        return str(error)
    if error.errno in FULL:
        return "The disk is full: make room and retry"
    return f"The file could not be read or written: {error.strerror or error}"
