"""Lists and reads the files of ZIP archives. A path inside an archive never becomes a path on this machine."""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from jobs.wording import gigabytes
from photos.files import names
from photos.files.upload_limit import UploadLimit
from photos.imaging.formats import Unreadable

ZIP_SIGNATURES = (b"PK\x03\x04", b"PK\x05\x06")
# Others, such as LZMA, need as much memory as the archive asks for.
SUPPORTED_COMPRESSIONS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2}
CHUNK_BYTES = 256 * 1024
MAX_PATH_CHARACTERS = 1000
MIN_BOMB_BYTES = 1_000_000_000  # of all files, unpacked
MIN_DENSE_BYTES = 50_000_000  # of one file, unpacked

ARCHIVE_DAMAGED = "The archive is damaged and cannot be opened"
ENTRY_DAMAGED = "The archive is damaged at this file"
ENTRY_ENCRYPTED = "This file of the archive is protected by a password"
ENTRY_IS_LINK = "This is a link; links are not followed"
PATH_OUTSIDE = "The path of this file leads out of the archive"
PATH_TOO_LONG = "The path of this file is too long"
ENTRY_TOO_DENSE = "This file would unpack to far more than a picture holds"
UNSUPPORTED_COMPRESSION = "This file of the archive has a compression that cannot be opened"
NESTED_ARCHIVE = "An archive inside an archive is not opened"


@dataclass(frozen=True)
class Limits:
    """The largest contents of an archive."""

    file: UploadLimit  # of one file, unpacked
    files: int = 20_000
    ratio: int = 100  # times its own size that all of an archive may unpack to, from MIN_BOMB_BYTES on
    file_ratio: int = 300  # times its packed size that one file may unpack to, from MIN_DENSE_BYTES on


class Member(NamedTuple):
    """A file of an archive."""

    number: int  # among all entries
    path: str  # folder and name as written there
    size: int  # unpacked, as the archive says
    problem: str  # why it cannot be unpacked, as a sentence; empty if it can


def is_archive(name: str | None, path: Path) -> bool:
    """Whether a file is a ZIP file by name and by content: many documents are ZIP files by content alone."""
    if not names.is_archive_name(name):
        return False
    with path.open("rb") as file:
        return file.read(4) in ZIP_SIGNATURES


def list_members(path: Path, limits: Limits) -> list[Member]:
    """The files of an archive, without folders and system files.

    Raises Unreadable for a damaged archive, and for one with too many files or too large contents.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, UnicodeError, OverflowError) as error:
        raise Unreadable(ARCHIVE_DAMAGED) from error
    if len(infos) > limits.files:
        raise Unreadable(f"The archive has {len(infos):,} files; the limit is {limits.files:,}")
    refuse_bomb(sum(info.file_size for info in infos), path.stat().st_size, limits)
    entries = [(number, info, entry_path(info)) for number, info in enumerate(infos)]
    return [
        Member(number, name, info.file_size, find_problem(info, name, limits))
        for number, info, name in entries
        if not name.endswith(("/", "\\")) and not names.is_system_file(name)
    ]


def refuse_bomb(unpacked: int, packed: int, limits: Limits) -> None:
    """Raise Unreadable for an archive that would unpack to more than `limits.ratio` times its size. Sizes in bytes."""
    if unpacked > MIN_BOMB_BYTES and unpacked > limits.ratio * packed:
        raise Unreadable(f"The archive would unpack to {gigabytes(unpacked)}, more than {limits.ratio} times its size")


def entry_path(info: zipfile.ZipInfo) -> str:
    """The path of an entry. UTF-8 is decoded even without its flag, which some programs omit."""
    # zipfile cuts `filename` at a null byte, which would hide the rest from the checks of the path.
    name = info.orig_filename if "\0" in info.orig_filename else info.filename
    if info.flag_bits & 0x800 or name.isascii():
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name  # the old code page after all


def find_problem(info: zipfile.ZipInfo, path: str, limits: Limits) -> str:
    """Why an entry cannot be unpacked, as a sentence; empty if it can."""
    if "\0" in path or names.is_outside(path):
        return PATH_OUTSIDE
    if len(path) > MAX_PATH_CHARACTERS:
        return PATH_TOO_LONG
    if stat.S_ISLNK(info.external_attr >> 16):
        return ENTRY_IS_LINK
    if info.flag_bits & 0x41:  # the bits for encryption, plain and strong
        return ENTRY_ENCRYPTED
    if info.compress_type not in SUPPORTED_COMPRESSIONS:
        return UNSUPPORTED_COMPRESSION
    if info.file_size > limits.file.max_bytes:
        return limits.file.sentence
    dense = info.file_size > limits.file_ratio * max(info.compress_size, 1)
    return ENTRY_TOO_DENSE if dense and info.file_size > MIN_DENSE_BYTES else ""


class Archive:
    """An open archive. Raises Unreadable for a damaged one."""

    def __init__(self, path: Path) -> None:
        try:
            self.file = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, NotImplementedError, EOFError, ValueError, UnicodeError, OverflowError) as error:
            raise Unreadable(ARCHIVE_DAMAGED) from error
        self.infos = self.file.infolist()

    def read_chunks(self, number: int) -> Iterator[bytes]:
        """The bytes of an entry, in pieces of at most `CHUNK_BYTES`. Raises Unreadable, or OSError of the disk."""
        try:
            with self.file.open(self.infos[number]) as member:
                while piece := member.read(CHUNK_BYTES):
                    yield piece
        except NotImplementedError as error:
            raise Unreadable(UNSUPPORTED_COMPRESSION) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, IndexError, ValueError, OSError) as error:
            # bz2 raises OSError without errno for damaged data; with errno it is an error of the disk.
            if isinstance(error, OSError) and error.errno is not None:
                raise
            raise Unreadable(ENTRY_DAMAGED) from error
        except RuntimeError as error:  # what zipfile raises for a password
            raise Unreadable(ENTRY_ENCRYPTED) from error
