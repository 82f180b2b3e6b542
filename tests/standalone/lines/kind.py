"""The kind of job that counts the lines of text files."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

from django.db.models import Max
from django.urls import reverse

from jobs.errors import ItemFailed, Refused
from jobs.fields import SubmitSerializer, Text
from jobs.kinds import Kind, Phase, Submission
from jobs.models import Job
from jobs.sources import Numbers, Rows, Source
from jobs.stop import Stop
from jobs.work import Work
from tests.standalone.lines import HOLD
from tests.standalone.lines.models import TextFile


class Count(Phase):
    """Counts the lines of one file after the other, unless a person holds it."""

    name, title = "count", "Counting…"

    def source(self, job: Job) -> Source:
        return Rows(TextFile.objects.filter(folder=job.spec["folder"], pk__gt=job.spec["after"]))

    def prepare(self, job: Job) -> Path:
        return Path(job.spec["folder"])

    def do(self, work: Work, prepared: Path, stop: Stop) -> dict[str, Any]:
        while work.position > 3 and (prepared / HOLD).exists():
            stop.check()
            time.sleep(0.01)
        try:
            return {"lines": (prepared / work.name).read_text().count("\n")}
        except UnicodeDecodeError as error:
            raise ItemFailed("This is no text.") from error


class Sum(Phase):
    """Adds up what was counted."""

    name, title = "sum", "Adding up…"
    follows_files = False

    def source(self, job: Job) -> Source:
        return Numbers(1, name="Sum")

    def do(self, work: Work, prepared: Any, stop: Stop) -> dict[str, Any]:
        counted = Job.objects.get(uuid=work.job_uuid).items.filter(phase=0, result__isnull=False)
        return {"sum": sum(result["lines"] for result in counted.values_list("result", flat=True))}


class LinesSubmitSerializer(SubmitSerializer):
    """Which folder."""

    folder = Text(help_text="Where the text files are.")
    title = Text(required=False)


class Lines(Kind):
    """Counts the lines of every text file in a folder."""

    name, label = "lines", "Count lines"
    phases: ClassVar[Mapping[str, Phase]] = {Count.name: Count(), Sum.name: Sum()}
    submit_serializer = LinesSubmitSerializer
    item_template = "lines/_item.html"
    buttons_template = "lines/_buttons.html"

    def submission(self, data: dict[str, Any], owner: Any) -> Submission:
        folder = Path(data["folder"])
        names = sorted(path.name for path in folder.glob("*.txt"))
        if not names:
            raise Refused("There is no text file in this folder.", {"folder": "There is no text file in it."})
        after = TextFile.objects.aggregate(last=Max("pk"))["last"] or 0
        TextFile.objects.bulk_create(TextFile(folder=str(folder), name=name) for name in names)
        spec = {"folder": str(folder), "after": after}
        return Submission(data.get("title") or f"Lines of {folder.name}", spec, [Count.name, Sum.name], len(names))

    def results_url(self, job: Job) -> str:
        return reverse("job-sum", args=[job.uuid])

    def delete_warning(self, job: Job) -> str:
        return "The sum is deleted, the text files stay."
