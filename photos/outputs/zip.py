"""Streams the outputs of a job as a ZIP file with a manifest, built while it is sent."""

import os
from collections.abc import Iterator
from functools import partial
from io import TextIOWrapper
from tempfile import SpooledTemporaryFile
from typing import IO, Any

from zipstream import ZipStream

from jobs.models import Job
from photos.catalogue.building import job_facts
from photos.catalogue.tables import CsvTable, JsonList
from photos.files import names, storage
from photos.outputs.manifest import MANIFEST_CSV, MANIFEST_JSON, walk_records

CHUNK_BYTES = 64 * 1024
MAX_MEMORY_BYTES = 1_000_000  # of each table of the manifest and of the directory; more is written to the disk
RESULT_MISSING = "The result is missing from the storage"


class DirectoryEntry:
    """An encoded entry of the central directory, with the one method of its class that ZipStream calls."""

    def __init__(self, data: bytes) -> None:
        self.data = data

    def _central_directory_header_data(self) -> bytes:
        return self.data


class CentralDirectory:
    """Replaces ZipStream's list of entries, which takes half a kilobyte of memory for each."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file
        self.sizes = bytearray()

    def append(self, entry: Any) -> None:
        """Encode an entry and write it to the file."""
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
    """A ZIP file in progress. Pictures are stored as they are: their formats compress already."""

    def __init__(self, directory: IO[bytes]) -> None:
        self.stream = ZipStream()
        # A private attribute: ZipStream keeps an object for each file until the end (https://github.com/pR0Ps/zipstream-ng/issues/16).
        self.stream._filelist = CentralDirectory(directory)
        self.unique = names.UniqueNames()

    def add(self, result: dict[str, Any]) -> tuple[str, Iterator[bytes]]:
        """The unique portable name of an output in the archive, and its bytes; an empty name for a missing file."""
        try:
            file = storage.output(result["file"]).open("rb")
        except FileNotFoundError:
            return "", iter(())
        folder = names.safe_folder(result.get("path", ""))
        name = self.unique("/".join(filter(None, (folder, names.safe_name(result["name"])))))
        return name, self.stream_file(file, name)

    def stream_file(self, file: IO[bytes], name: str) -> Iterator[bytes]:
        """The bytes of an archive entry with an open file, complete even if that is deleted meanwhile."""
        with file:
            self.stream.add(iter(partial(file.read, CHUNK_BYTES), b""), name, size=os.fstat(file.fileno()).st_size)
            yield from self.stream.all_files()

    def stream_text(self, name: str, file: IO[bytes]) -> Iterator[bytes]:
        """The bytes of an archive entry with the contents of a temporary file."""
        file.seek(0)
        self.stream.add(iter(partial(file.read, CHUNK_BYTES), b""), name)
        yield from self.stream.all_files()


def stream_zip(job: Job) -> Iterator[bytes]:
    """Every output of a job by position, then a manifest of all files, including those without an output."""
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
        yield from archive.stream_text(MANIFEST_CSV, csv)
        yield from archive.stream_text(MANIFEST_JSON, json)
        yield from archive.stream.finalize()


def temporary_file() -> IO[bytes]:
    return SpooledTemporaryFile(MAX_MEMORY_BYTES)


def open_text(file: IO[bytes]) -> TextIOWrapper:
    return TextIOWrapper(file, encoding="utf-8", newline="", write_through=True)
