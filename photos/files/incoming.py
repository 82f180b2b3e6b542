"""Files on their way in: on the disk, hashed, and not yet looked at."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from photos.files import storage
from photos.files.archives import CHUNK_BYTES
from photos.files.upload_limit import limit_of


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
    max_bytes = limit_of(name).max_bytes
    digest, size = hashlib.sha256(), 0
    path = storage.new_incoming()
    try:
        with path.open("wb") as file:
            for piece in pieces:
                size += len(piece)
                if size <= max_bytes:
                    digest.update(piece)
                    file.write(piece)
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return IncomingFile(name, path, digest.hexdigest(), size, too_large=size > max_bytes)


def not_stored_sentence(error: OSError) -> str:
    """The sentence for a file that the server could not store."""
    return f"The file could not be stored: {error.strerror}"


def receive_copy(path: Path) -> IncomingFile:
    """A copy of a file of this machine, as if it had been sent. Raises OSError."""
    return receive(path.name, read_chunks(path))


def read_chunks(path: Path) -> Iterator[bytes]:
    """A file's bytes, never more than a piece of them in memory."""
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            yield piece
