"""Streams incoming files to the disk and hashes them, before any decoder opens them."""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from photos.files import storage
from photos.files.archives import CHUNK_BYTES
from photos.files.upload_limit import limit_of


@dataclass
class IncomingFile:
    """A complete file in the folder of incoming files, until it becomes an original or is closed."""

    name: str | None  # as sent
    path: Path
    sha256: str
    size: int
    too_large: bool

    def close(self) -> None:
        """Remove the file unless it became an original. Django calls this at the end of a request."""
        self.path.unlink(missing_ok=True)


def receive(name: str | None, pieces: Iterable[bytes]) -> IncomingFile:
    """Stream a file to the disk and hash it; bytes beyond the limit of its name are dropped. Raises OSError."""
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
    """The sentence about a file that the server could not store, without a full stop."""
    return f"The file could not be stored: {error.strerror}"


def receive_copy(path: Path) -> IncomingFile:
    """Copy a file of this machine into the folder of incoming files, like an upload. Raises OSError."""
    return receive(path.name, read_chunks(path))


def read_chunks(path: Path) -> Iterator[bytes]:
    """The bytes of a file, in pieces of at most `CHUNK_BYTES`. Raises OSError."""
    with path.open("rb") as file:
        while piece := file.read(CHUNK_BYTES):
            yield piece
