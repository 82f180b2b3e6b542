"""The manifest of a job: a record for every file, written as tables while the items are read."""

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from jobs import states
from jobs.models import Item, Job
from jobs.models.items_page import unplanned_items
from photos.catalogue.building import job_facts
from photos.catalogue.records import blank_record, build_records
from photos.catalogue.tables import CsvTable, JsonList

logger = logging.getLogger(__name__)

ITEMS_PER_QUERY = 200
MANIFEST_CSV, MANIFEST_JSON = "manifest.csv", "manifest.json"
JOB_DELETED = "The job was deleted while this archive was written: the files from here on are missing"


def write_manifest(job: Job, csv: Path, json: Path, folder: str, check: Callable[[], None]) -> None:
    """Write the manifest of a job's deliveries as CSV and JSON, with paths relative to `folder`.

    `check` is called for each file, and may raise to stop.
    """
    with csv.open("w", encoding="utf-8", newline="") as one, json.open("w", encoding="utf-8", newline="") as other:
        tables = CsvTable(one), JsonList(other, job_facts(job))
        for item, record in walk_records(job):
            check()
            result = item.result if item is not None else None
            record["output"] = (result or {}).get("delivered", "").removeprefix(f"{folder}/")
            for table in tables:
                table.add(record)
        for table in tables:
            table.end()


def walk_records(job: Job) -> Iterator[tuple[Item | None, dict[str, Any]]]:
    """Every file of a job with its record. If the job is deleted meanwhile, a last record without an item says so."""
    last = 0
    try:
        for items in walk_items(job):
            yield from zip(items, build_records(job, items, over=job.status in states.ENDED), strict=True)
            last = items[-1].position
    except Job.DoesNotExist:
        logger.info("Job %s was deleted while its results were downloaded", job.uuid)
        yield None, blank_record() | {"position": last + 1, "error": JOB_DELETED}


def walk_items(job: Job) -> Iterator[list[Item]]:
    """Lists of the first-phase items by position, `ITEMS_PER_QUERY` each. Raises DoesNotExist for a deleted job."""
    last, total = 0, job.phase_rows[0].total
    rows = job.items.first_phase().order_by("position")
    # Piece by piece: a cursor held open for a long download would hold a transaction open on PostgreSQL.
    while items := list(rows.filter(position__gt=last)[:ITEMS_PER_QUERY]) or unplanned_items(
        job, last, ITEMS_PER_QUERY
    ):
        yield items
        last = items[-1].position
    if last < total:
        # Fewer than planned, because photos were deleted; or the job was deleted with its rows, which raises here.
        Job.objects.get(pk=job.pk)
