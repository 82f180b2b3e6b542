"""A catalogue made by real workers, cancelled between its pieces and finished later."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from jobs.kinds import get_kind
from jobs.models import Job
from photos.files import storage
from photos.models import Photo, PhotoSet, StoredFile
from tests.crew import Crew, wait_for
from tests.jobs.work import reload
from tests.photos.pictures import jpeg

pytestmark = pytest.mark.real
FILES = 1100  # four pieces and a rest


def fill(owner: Any) -> None:
    """A library of that many files, which share their bytes on the disk."""
    content, photos = jpeg(300, 200), PhotoSet.objects.create(owner=owner)
    rows = [
        StoredFile(sha256=f"{number:064x}", size=len(content), format="jpeg", width=300, height=200)
        for number in range(FILES)
    ]
    for file in StoredFile.objects.bulk_create(rows):
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.path.write_bytes(content)
    Photo.objects.bulk_create(
        Photo(owner=owner, file=file, set=photos, name=f"{number:04}.jpg", format="jpeg")
        for number, file in enumerate(StoredFile.objects.order_by("pk"))
    )


def test_a_catalogue_stops_between_its_pieces_and_is_finished_later(crew: Crew, ana: Any, client: Client) -> None:
    fill(ana)
    crew.worker()
    wanted = get_kind("process").submission({"photos": "all", "steps": [], "catalogue": True}, ana)
    job = Job.submit("process", wanted, ana, door="api")
    phase = job.phases.filter(number=1)
    wait_for(lambda: phase.filter(succeeded__gte=1).exists(), 60)

    job.cancel(by=ana, door="page")
    wait_for(lambda: reload(job).settled, 5)

    job = reload(job)
    assert (job.counts.succeeded, phase.get().status) == (FILES, "cancelled")
    assert not job.items.filter(started_at__gt=job.cancelled_at + timedelta(milliseconds=50)).exists()
    assert list((storage.outputs(str(job.uuid)) / "catalogue").glob("made-*")) == []

    job.resume(by=ana, door="page")
    wait_for(lambda: reload(job).status == "completed", 60)

    client.force_login(ana)
    manifest = client.get(f"/api/jobs/{job.uuid}/catalogue.csv").getvalue().decode("utf-8-sig")
    assert [line["name"] for line in csv.DictReader(io.StringIO(manifest))] == [f"{n:04}.jpg" for n in range(FILES)]
    assert set(job.items.filter(phase=0).values_list("attempt", flat=True)) == {1}
