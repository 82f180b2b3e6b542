"""The pieces of a catalogue: a few hundred files each, sorted, on the disk, so that memory stays bounded."""

import base64
import hashlib
import heapq
import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO, Any

from jobs.models import Item, Job
from jobs.stop import Stop
from photos.catalogue.pictures import make_picture
from photos.catalogue.records import build_records, sort_key
from photos.files import storage
from photos.imaging.atomic_file import write_atomically

PHASE_NAME = "catalogue"
MIN_PIECE_FILES = 250
MAX_PIECES = 400  # all are open at once during the merge
MAX_PICTURES = 10_000  # in a contact sheet: more would be too much for any browser

type Entry = dict[str, Any]  # a record; with "picture" (base64), "width" and "height" where it has one


class Pieces:
    """The pieces of a job's catalogue, counted from 1."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.number = next(phase.number for phase in job.phase_rows if phase.name == PHASE_NAME)
        self.total = job.phase_rows[0].total
        self.size = max(MIN_PIECE_FILES, -(-self.total // MAX_PIECES))
        self.picture_interval = -(-self.total // MAX_PICTURES) or 1  # one file in so many has a picture

    @property
    def count(self) -> int:
        """The number of pieces."""
        return -(-self.total // self.size)

    @property
    def folder(self) -> Path:
        """The folder of the pieces and of the catalogue."""
        return storage.outputs(str(self.job.uuid)) / "catalogue"

    def make(self, number: int, stop: Stop) -> Path:
        """The path of a piece, built unless an up-to-date one exists. Raises Stopped."""
        items, fingerprint = self.items(number)
        path = self.folder / f"{number}-{fingerprint}.jsonl"
        if not path.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            with write_atomically(path) as temporary, temporary.open("w", encoding="utf-8") as file:
                for entry in self.entries(items, stop):
                    file.write(json.dumps(entry) + "\n")
        return path

    def items(self, number: int) -> tuple[list[Item], str]:
        """The first-phase items of a piece, and a hash that changes when any phase processes one of them again."""
        first = (number - 1) * self.size
        rows = self.job.items.filter(position__gt=first, position__lte=first + self.size)
        earlier = rows.filter(phase__lt=self.number).order_by("phase", "position")
        items = list(earlier)
        progress = repr([(item.phase, item.position, item.status, item.finish) for item in items])
        return [item for item in items if not item.phase], hashlib.sha256(progress.encode()).hexdigest()[:16]

    def entries(self, items: Sequence[Item], stop: Stop) -> Iterator[Entry]:
        """The records of these items, sorted, with their pictures. Raises Stopped."""
        results = {item.position: item.result or {} for item in items}
        for record in sorted(build_records(self.job, items, over=True), key=sort_key):
            stop.check()
            yield record | self.picture(record, results[record["position"]], stop)

    def picture(self, record: Entry, result: dict[str, Any], stop: Stop) -> dict[str, Any]:
        """The fields of a picture, of the output or else of the original; empty for a file without a picture."""
        if record["position"] % self.picture_interval:
            return {}
        output = storage.output(result["file"]) if "file" in result else None
        originals = storage.thumbnail(record["sha256"]), storage.original(record["sha256"])
        for path in (output,) if output else originals if record["sha256"] else ():
            if path.exists() and (picture := make_picture(path, stop.on_abort)):
                text = base64.b64encode(picture.jpeg).decode()
                return {"picture": text, "width": picture.width, "height": picture.height}
        return {}

    @contextmanager
    def merge(self, stop: Stop) -> Iterator[Iterator[Entry]]:
        """All entries, sorted; missing pieces are built first. Raises Stopped."""
        with ExitStack() as files:
            lines = [files.enter_context(self.open_piece(number, stop)) for number in range(1, self.count + 1)]
            yield heapq.merge(*(map(json.loads, each) for each in lines), key=sort_key)

    def open_piece(self, number: int, stop: Stop) -> IO[str]:
        """Open a piece, built if it is missing: another lane may be building it, or may have lost its claim."""
        stop.check()
        return self.make(number, stop).open(encoding="utf-8")
