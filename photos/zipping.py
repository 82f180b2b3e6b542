"""What a job made, as the bytes of a ZIP file with a manifest, made while they are sent."""

from collections.abc import Iterator
from functools import partial
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from zipstream import ZipStream

from jobs import states
from jobs.models import Item, Job
from jobs.models.listing import unplanned
from photos import names, store
from photos.catalogue.building import facts_of
from photos.catalogue.records import records
from photos.catalogue.tables import CsvTable, JsonList

AT_ONCE = 200
CHUNK = 64 * 1024
IN_MEMORY = 1_000_000  # bytes of the manifest, and of the directory; what is more waits on the disk
CSV, JSON = "manifest.csv", "manifest.json"
LOST = "What was made is missing from the storage"


class Entry:
    """An entry of the directory at the end of the archive, as its bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def _central_directory_header_data(self) -> bytes:
        """What ZipStream asks an entry for."""
        return self.data


class Directory:
    """Takes the place of ZipStream's list of entries, which needs half a kilobyte of memory for each of them."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.sizes = bytearray()

    def append(self, entry: Any) -> None:
        """Keep the bytes that an entry will have."""
        data = entry._central_directory_header_data()
        self.file.write(data)
        self.sizes += len(data).to_bytes(4)

    def __len__(self) -> int:
        return len(self.sizes) // 4

    def __iter__(self) -> Iterator[Entry]:
        self.file.seek(0)
        for at in range(0, len(self.sizes), 4):
            yield Entry(self.file.read(int.from_bytes(self.sizes[at : at + 4])))


class Archive:
    """A ZIP file on its way. Pictures are stored as they are: they are compressed already."""

    def __init__(self, directory: IO[bytes]) -> None:
        self.stream = ZipStream()
        self.stream._filelist = Directory(directory)
        self.unique = names.Unique()

    def add(self, result: dict[str, Any]) -> tuple[str, Iterator[bytes]]:
        """The name that an output gets, numbered where it meets another, and its bytes; no name for a lost one."""
        path = store.output(result["file"])
        if not path.exists():
            return "", iter(())
        folder = result.get("path", "")
        name = self.unique(f"{folder}/{result['name']}" if folder else result["name"])
        self.stream.add_path(path, name)
        return name, self.stream.all_files()

    def text(self, name: str, file: IO[bytes]) -> Iterator[bytes]:
        """The bytes of a file that was written aside."""
        file.seek(0)
        self.stream.add(iter(partial(file.read, CHUNK), b""), name)
        yield from self.stream.all_files()


def zipped(job: Job) -> Iterator[bytes]:
    """Every output of a job by position, then a manifest of all its files, also of those that were not done."""
    with aside() as directory, aside() as csv, aside() as json:
        archive = Archive(directory)
        tables = CsvTable(text_into(csv)), JsonList(text_into(json), facts_of(job))
        for items in pieces(job):
            told = records(items, over=job.status in states.ENDED)
            for item, record in zip(items, told, strict=True):
                if item.result and "file" in item.result:
                    record["output"], content = archive.add(item.result)
                    record["error"] = record["error"] if record["output"] else LOST
                    yield from content
                for table in tables:
                    table.add(record)
        for table in tables:
            table.end()
        yield from archive.text(CSV, csv)
        yield from archive.text(JSON, json)
        yield from archive.stream.finalize()


def aside() -> IO[bytes]:
    """A temporary file, in memory as long as it is small."""
    return SpooledTemporaryFile(IN_MEMORY)


def text_into(file: IO[bytes]) -> TextIOWrapper:
    """The file for text in UTF-8."""
    return TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)


def pieces(job: Job) -> Iterator[list[Item]]:
    """The files of a job by position, some hundred at a time."""
    last = 0
    rows = job.items.first_phase().order_by("position")
    # Piece by piece: a cursor held open for a long download would hold a transaction open on PostgreSQL.
    while items := list(rows.filter(position__gt=last)[:AT_ONCE]) or unplanned(job, last, AT_ONCE):
        yield items
        last = items[-1].position
