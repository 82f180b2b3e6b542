"""Builds the four files of a catalogue from its pieces."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from jobs.models import Job
from jobs.stop import Stop
from photos.catalogue import words
from photos.catalogue.page import HtmlSheet
from photos.catalogue.paper import PdfSheet
from photos.catalogue.pieces import Pieces
from photos.catalogue.tables import CsvTable, JsonTable
from photos.catalogue.words import Entry
from photos.files import storage
from photos.imaging import atomic_file

CATALOGUE_FILES = ("catalogue.html", "catalogue.pdf", "catalogue.csv", "catalogue.json")
HTML_FILE, PDF_FILE, CSV_FILE, JSON_FILE = CATALOGUE_FILES


def build(pieces: Pieces, token: str, stop: Stop) -> Path:
    """Build the catalogue in a folder that appears complete, delete its pieces; returns the folder. Raises Stopped."""
    pieces.folder.mkdir(parents=True, exist_ok=True)
    final = pieces.folder / f"made-{token}"
    with tempfile.TemporaryDirectory(dir=storage.incoming()) as name:
        folder = Path(name)
        with pieces.merge(stop) as entries:
            write_files(folder, pieces, entries)
        for file_name in CATALOGUE_FILES:
            atomic_file.sync(folder / file_name)
        folder.chmod(0o750)
        shutil.rmtree(final, ignore_errors=True)
        folder.rename(final)
        folder.mkdir()  # for the with statement to remove
    for piece in pieces.folder.glob("*.jsonl"):
        piece.unlink(missing_ok=True)
    return final


def write_files(folder: Path, pieces: Pieces, entries: Iterator[Entry]) -> None:
    """Write all four files in one pass over the entries, which may be more than memory holds."""
    job = pieces.job
    facts = [fact for fact in (words.job_summary(job), words.picture_note(pieces.picture_interval)) if fact]
    with ExitStack() as files:
        html, csv, json = (files.enter_context((folder / name).open("w", encoding="utf-8", newline=""))
                           for name in (HTML_FILE, CSV_FILE, JSON_FILE))  # fmt: skip
        tables = CsvTable(csv), JsonTable(json, job_facts(job))
        sheets = HtmlSheet(html, job.title, facts), PdfSheet(folder, job.title, facts)
        for line in words.sheet_lines(copy_to_tables(entries, tables), pieces.picture_interval):
            for sheet in sheets:
                sheet.add(line)
        tables[1].end()
        sheets[0].end()
        sheets[1].end(folder / PDF_FILE)


def copy_to_tables(entries: Iterator[Entry], tables: tuple[CsvTable, JsonTable]) -> Iterator[Entry]:
    """The entries, each also written into the tables."""
    for entry in entries:
        for table in tables:
            table.add(entry)
        yield entry


def job_facts(job: Job) -> dict[str, Any]:
    """The facts about the job at the head of a manifest."""
    counts = job.counts
    return {
        "job": str(job.uuid),
        "title": job.title,
        "kind": job.kind,
        "created_at": job.created_at.isoformat(),
        "total": counts.total,
        "succeeded": counts.succeeded,
        "failed": counts.failed,
    }
