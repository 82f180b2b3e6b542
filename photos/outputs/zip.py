"""What a job made, as the bytes of a ZIP file with a manifest, made while they are sent."""

import logging
import os
from collections.abc import Callable, Iterator
from functools import partial
from io import TextIOWrapper
from pathlib import Path
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from zipstream import ZipStream

from jobs import states
from jobs.models import Item, Job
from jobs.models.items_page import unplanned_items
from photos.catalogue.building import job_facts
from photos.catalogue.records import blank_record, build_records
from photos.catalogue.tables import CsvTable, JsonList
from photos.files import names, storage

logger = logging.getLogger(__name__)

ITEMS_PER_QUERY = 200
CHUNK_BYTES = 64 * 1024
MAX_MEMORY_BYTES = 1_000_000  # bytes of the manifest, and of the directory; what is more waits on the disk
MANIFEST_CSV, MANIFEST_JSON = "manifest.csv", "manifest.json"
RESULT_MISSING = "The result is missing from the storage"
JOB_DELETED = "The job was deleted while this archive was written: the files from here on are missing"


class DirectoryEntry:
    """An entry of the directory at the end of the archive, as its bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def _central_directory_header_data(self) -> bytes:
        """What ZipStream asks an entry for."""
        return self.data


class CentralDirectory:
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

    def __iter__(self) -> Iterator[DirectoryEntry]:
        self.file.seek(0)
        for at in range(0, len(self.sizes), 4):
            yield DirectoryEntry(self.file.read(int.from_bytes(self.sizes[at : at + 4])))


class ZipArchive:
    """A ZIP file on its way. Pictures are stored as they are: they are compressed already."""

    def __init__(self, directory: IO[bytes]) -> None:
        self.stream = ZipStream()
        # Private: what is said of each file is kept until the end (https://github.com/pR0Ps/zipstream-ng/issues/16).
        self.stream._filelist = CentralDirectory(directory)
        self.unique = names.UniqueNames()

    def add(self, result: dict[str, Any]) -> tuple[str, Iterator[bytes]]:
        """The name that an output gets, which every system can unpack, and its bytes; no name for a lost one.

        Where it meets another it is numbered.
        """
        try:
            file = storage.output(result["file"]).open("rb")
        except FileNotFoundError:
            return "", iter(())
        folder = names.safe_folder(result.get("path", ""))
        name = self.unique("/".join(filter(None, (folder, names.safe_name(result["name"])))))
        return name, self.sent(file, name)

    def sent(self, file: IO[bytes], name: str) -> Iterator[bytes]:
        """The bytes of an open file: whoever deletes it from now on comes too late."""
        with file:
            self.stream.add(iter(partial(file.read, CHUNK_BYTES), b""), name, size=os.fstat(file.fileno()).st_size)
            yield from self.stream.all_files()

    def text(self, name: str, file: IO[bytes]) -> Iterator[bytes]:
        """The bytes of a file that was written aside."""
        file.seek(0)
        self.stream.add(iter(partial(file.read, CHUNK_BYTES), b""), name)
        yield from self.stream.all_files()


def stream_zip(job: Job) -> Iterator[bytes]:
    """Every output of a job by position, then a manifest of all its files, also of those that were not done."""
    with temporary_file() as directory, temporary_file() as csv, temporary_file() as json:
        archive = ZipArchive(directory)
        tables = CsvTable(open_text(csv)), JsonList(open_text(json), job_facts(job))
        for item, record in walk_records(job):
            if item and item.result and "file" in item.result:
                record["output"], content = archive.add(item.result)
                record["error"] = record["error"] if record["output"] else RESULT_MISSING
                yield from content
            for table in tables:
                table.add(record)
        for table in tables:
            table.end()
        yield from archive.text(MANIFEST_CSV, csv)
        yield from archive.text(MANIFEST_JSON, json)
        yield from archive.stream.finalize()


def walk_records(job: Job) -> Iterator[tuple[Item | None, dict[str, Any]]]:
    """Every file of a job with its record; a record alone, the last one, when the job is deleted meanwhile."""
    last = 0
    try:
        for items in walk_items(job):
            yield from zip(items, build_records(job, items, over=job.status in states.ENDED), strict=True)
            last = items[-1].position
    except Job.DoesNotExist:
        logger.info("Job %s was deleted while its results were downloaded", job.uuid)
        yield None, blank_record() | {"position": last + 1, "error": JOB_DELETED}


def write_manifest(job: Job, csv: Path, json: Path, folder: str, check: Callable[[], None]) -> None:
    """Write the manifest of what a job has delivered, with paths as they are inside that folder."""
    with csv.open("w", encoding="utf-8", newline="") as one, json.open("w", encoding="utf-8", newline="") as other:
        tables = CsvTable(one), JsonList(other, job_facts(job))
        for item, record in walk_records(job):
            check()
            made = item.result if item is not None else None
            record["output"] = (made or {}).get("delivered", "").removeprefix(f"{folder}/")
            for table in tables:
                table.add(record)
        for table in tables:
            table.end()


def temporary_file() -> IO[bytes]:
    """A temporary file, in memory as long as it is small."""
    return SpooledTemporaryFile(MAX_MEMORY_BYTES)


def open_text(file: IO[bytes]) -> TextIOWrapper:
    """The file for text in UTF-8."""
    return TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)


def walk_items(job: Job) -> Iterator[list[Item]]:
    """The files of a job by position, some hundred at a time. Raises DoesNotExist when it was deleted meanwhile."""
    last, total = 0, job.phase_rows[0].total
    rows = job.items.first_phase().order_by("position")
    # Piece by piece: a cursor held open for a long download would hold a transaction open on PostgreSQL.
    while items := list(rows.filter(position__gt=last)[:ITEMS_PER_QUERY]) or unplanned_items(
        job, last, ITEMS_PER_QUERY
    ):
        yield items
        last = items[-1].position
    if last < total:  # fewer than were chosen, because photos were deleted; or the rows, and then the job is, too
        Job.objects.get(pk=job.pk)
