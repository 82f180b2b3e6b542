"""Files on their way in: on the disk, hashed, and not yet looked at."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from photos.files import storage
from photos.files.archives import ARCHIVE_EXTENSION

CHUNK_BYTES = 256 * 1024


@dataclass
class IncomingFile:
    """A whole file in the folder of incoming files, until it is kept or closed."""

    name: str | None  # as sent
    path: Path
    sha256: str
    size: int
    too_large: bool

    def close(self) -> None:
        """Remove it, unless it was kept. Django calls this at the end of a request."""
        self.path.unlink(missing_ok=True)


def receive(name: str | None, pieces: Iterable[bytes]) -> IncomingFile:
    """Stream a file to the disk and hash it; what is over the size limit is read and dropped."""
    limit = size_limit(name)
    digest, size = hashlib.sha256(), 0
    path = storage.new_incoming()
    try:
        with path.open("wb") as file:
            for piece in pieces:
                size += len(piece)
                if size <= limit:
                    digest.update(piece)
                    file.write(piece)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return IncomingFile(name, path, digest.hexdigest(), size, too_large=size > limit)


def size_limit(name: str | None) -> int:
    """How many bytes a file of that name may have: an archive holds many files."""
    archive = (name or "").lower().endswith(ARCHIVE_EXTENSION)
    return (settings.STOPBATH_MAX_ARCHIVE_MB if archive else settings.STOPBATH_MAX_UPLOAD_MB) * 1_000_000


def receive_copy(path: Path) -> IncomingFile:
    """A copy of a file of this machine, as if it had been sent. Raises OSError."""
    return receive(path.name, read_chunks(path))


def read_chunks(path: Path) -> Iterator[bytes]:
    """A file's bytes, never more than a piece of them in memory."""
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            yield piece
