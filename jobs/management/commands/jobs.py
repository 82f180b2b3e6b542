"""`manage.py jobs`: the verbs, for the shell and for scripts."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Column, Table
from rich.text import Text

from jobs import queue
from jobs.api.serializers import events_json, job_json, jobs_json
from jobs.errors import NotPossible
from jobs.management.arguments import add_json
from jobs.models import Job
from jobs.recovery.verify import find_differences
from jobs.text import as_uuid
from jobs.wording import NOTHING_RUNNING, done_to, outcome_counts, unknown_user

DOOR = "command"
POLL_SECONDS = 0.3
# A terminal folds a long line more legibly than a table squeezes its columns.
MIN_TABLE_COLUMNS = 160


class Command(BaseCommand):
    """List, show, watch, cancel, resume, retry and verify jobs."""

    help = "List, show, watch, cancel, resume, retry or verify jobs."

    def add_arguments(self, parser: CommandParser) -> None:
        common = CommandParser(add_help=False)
        add_json(common)
        verbs = parser.add_subparsers(dest="verb", required=True, parser_class=CommandParser)
        verbs.add_parser("list", parents=[common], help="list jobs, newest first").add_argument(
            "--limit", type=int, default=50, help="number of jobs (default: 50)"
        )
        for verb, about in (
            ("show", "show one job and its history"),
            ("watch", "follow a job until it ends"),
            ("cancel", "cancel a job"),
            ("resume", "process the remaining files of a job"),
            ("retry", "process the failed files of a job again"),
        ):
            verbs.add_parser(verb, parents=[common], help=about).add_argument("id", help="id of the job")
        verbs.add_parser("cancel-all", parents=[common], help="cancel all jobs").add_argument(
            "--user", metavar="NAME", help="only the jobs of this user"
        )
        verbs.add_parser("verify", parents=[common], help="recompute all counters and statuses; exit 1 at a difference")

    def handle(self, *args: Any, **options: Any) -> None:
        verb: Callable[[dict[str, Any]], None] = getattr(self, options["verb"].replace("-", "_"))
        try:
            verb(options)
        except NotPossible as why:
            raise CommandError(str(why)) from why
        finally:
            queue.flush()

    # ---------------------------------------------------------------- verbs

    def list(self, options: dict[str, Any]) -> None:
        """The newest jobs."""
        jobs = jobs_json(list(Job.objects.with_counts().newest_first()[: max(options["limit"], 0)]))
        if options["json"]:
            return self.print_json(jobs)
        table = Table(
            Column("id", no_wrap=True, min_width=36),
            "status",
            "done",
            "failed",
            "not started",
            "total",
            "owner",
            "title",
            box=None,
        )
        for job in jobs:
            numbers = [str(job[key]) for key in ("succeeded", "failed", "skipped", "total")]
            table.add_row(job["id"], job["status"], *numbers, job["owner"] or "–", Text(job["title"]))
        console = self.console()
        console.width = max(console.width, MIN_TABLE_COLUMNS)
        console.print(table)
        return None

    def show(self, options: dict[str, Any]) -> None:
        """One job with its history."""
        job = self.get_job(options["id"])
        events = events_json(job)
        if options["json"]:
            return self.print_json(job_json(job) | {"events": events})
        self.stdout.write(f"{job.title}: {self.summary(job)}")
        for event in events:
            who = f" by {event['actor']}" if event["actor"] else ""
            self.stdout.write(f"{event['at']}  {event['event']}{who} ({event['door']}) {event['reason']}")
        return None

    def watch(self, options: dict[str, Any]) -> None:
        """Follow a job until it ends."""
        job = self.get_job(options["id"])
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f} / {task.total:.0f} files"),
        )
        with Progress(*columns, TimeRemainingColumn(), console=self.console(stderr=True)) as progress:
            bar = progress.add_task(escape(job.title), total=job.counts.total)
            while job.active:
                progress.update(bar, completed=job.counts.finished)
                time.sleep(POLL_SECONDS)
                job = self.get_job(options["id"])
            progress.update(bar, completed=job.counts.finished)
        self.report(job, options)

    def cancel(self, options: dict[str, Any]) -> None:
        """Stop a job."""
        self.get_job(options["id"]).cancel(by=None, door=DOOR)
        self.report(self.get_job(options["id"]), options)

    def cancel_all(self, options: dict[str, Any]) -> None:
        """Stop every job, or those of one person."""
        jobs = Job.objects.all()
        if options["user"]:
            if not get_user_model().objects.filter(username=options["user"]).exists():
                raise CommandError(unknown_user(options["user"]))
            jobs = jobs.filter(owner__username=options["user"])
        cancelled = jobs.cancel(by=None, door=DOOR)
        if options["json"]:
            return self.print_json({"success": True, "cancelled": cancelled})
        self.stdout.write(done_to(cancelled, "job", "cancelled") if cancelled else NOTHING_RUNNING)
        return None

    def resume(self, options: dict[str, Any]) -> None:
        """Go on with what is left."""
        self.get_job(options["id"]).resume(by=None, door=DOOR)
        self.report(self.get_job(options["id"]), options)

    def retry(self, options: dict[str, Any]) -> None:
        """Do the failed files again."""
        self.get_job(options["id"]).retry(by=None, door=DOOR)
        self.report(self.get_job(options["id"]), options)

    def verify(self, options: dict[str, Any]) -> None:
        """Recompute every counter and status from items and events; exit 1 when something differs."""
        wrong = {str(job.uuid): found for job in Job.objects.all().iterate_fresh() if (found := job_differences(job))}
        if options["json"]:
            self.print_json({"jobs": Job.objects.count(), "differences": wrong})
        else:
            for uuid, found in wrong.items():
                self.stdout.write(f"{uuid}: {'; '.join(found)}")
            self.stdout.write(f"{Job.objects.count()} jobs, {len(wrong)} of them do not add up")
        if wrong:
            raise SystemExit(1)

    # ---------------------------------------------------------------- output

    def get_job(self, text: str) -> Job:
        """The job of that id. Raises CommandError."""
        uuid = as_uuid(text)
        job = Job.objects.with_counts().filter(uuid=uuid).first() if uuid else None
        if job is None:
            raise CommandError(f"There is no job {text or 'without an id'}.")
        return job

    def summary(self, job: Job) -> str:
        """The outcome in words."""
        counts = job.counts
        return f"{job.status}, {outcome_counts(counts)} of {counts.total:,}"

    def report(self, job: Job, options: dict[str, Any]) -> None:
        """Write the state of the job, as JSON if asked for."""
        if options["json"]:
            return self.print_json(job_json(job))
        self.stdout.write(f"{job.title}: {self.summary(job)}")
        return None

    def print_json(self, value: Any) -> None:
        self.stdout.write(json.dumps(value, indent=2))

    def console(self, stderr: bool = False) -> Console:
        return Console(stderr=stderr, width=None)


def job_differences(job: Job) -> list[str]:
    """The differences that `verify` finds; none for a job that was deleted a moment ago."""
    try:
        return list(find_differences(job))
    except Job.DoesNotExist:
        return []
