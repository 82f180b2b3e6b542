"""The headings and texts of a contact sheet, in HTML and PDF alike."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.formats import date_format

from jobs.models import Job
from jobs.templatetags.formatting import file_size
from jobs.wording import quantity
from photos.catalogue.records import group_key

type Entry = dict[str, Any]

NO_CATEGORY, NO_DATE = "No category", "No date"
OUTCOME_WORDS = {"skipped": "Not started"}


@dataclass(frozen=True)
class Heading:
    """The heading of a category, or of a day in it."""

    text: str
    level: int  # 1: a category, 2: a day


@dataclass(frozen=True)
class MoreFiles:
    """Files of a group that have no picture in a sheet too large to show them all."""

    number: int

    def __str__(self) -> str:
        return f"and {quantity(self.number, 'more file')}, in the manifest"


def job_summary(job: Job) -> str:
    """The numbers of the job's files and today's date, as one line."""
    counts = job.counts
    parts = [quantity(counts.succeeded, "file")]
    if counts.failed:
        parts.append(f"{counts.failed:,} failed")
    if not_started := counts.total - counts.finished:
        parts.append(f"{not_started:,} not started")
    return f"{', '.join(parts)} · {date_format(timezone.now(), 'j F Y')} · Stopbath"


def picture_note(every: int) -> str:
    """The note on a sheet that shows one file in `every`; empty for a sheet that shows all."""
    return f"This sheet shows one file in {every}; the manifest lists every one." if every > 1 else ""


def sheet_lines(entries: Iterable[Entry], every: int) -> Iterator[Heading | Entry | MoreFiles]:
    """Headings and files in their order; files that are not shown are counted at the end of their day."""
    for category, of_category in groupby(entries, key=lambda entry: group_key(entry)[0]):
        yield Heading(category or NO_CATEGORY, 1)
        for day, of_day in groupby(of_category, key=lambda entry: group_key(entry)[1]):
            yield Heading(format_day(day), 2)
            yield from sample_entries(of_day, every)


def sample_entries(entries: Iterable[Entry], every: int) -> Iterator[Entry | MoreFiles]:
    """The files of a group that the sheet shows, then how many more there are."""
    more = 0
    for entry in entries:
        if entry["position"] % every and entry["outcome"] == "succeeded":
            more += 1
        else:
            yield entry
    if more:
        yield MoreFiles(more)


def format_day(day: str) -> str:
    """2026-05-01 as 1 May 2026."""
    date = parse_date(day)
    return date_format(date, "j F Y") if date else NO_DATE


def display_name(entry: Entry) -> str:
    """The name of the output, or of the original if there is no output."""
    return str(entry["output"] or entry["name"])


def format_sizes(entry: Entry) -> str:
    """3.1 MB → 412 KB."""
    return " → ".join(file_size(entry[key]) for key in ("size", "output_size") if entry[key] is not None)


def error_text(entry: Entry) -> str:
    """Why a file has no output; empty for a success."""
    if entry["outcome"] == "succeeded":
        return ""
    return str(entry["error"] or OUTCOME_WORDS.get(entry["outcome"]) or entry["outcome"].capitalize())
