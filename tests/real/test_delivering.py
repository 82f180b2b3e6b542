"""Results in the operator's folder, written by real workers that are killed, cancelled and resumed."""

import csv
import signal
from pathlib import Path
from typing import Any

import pytest

from jobs import queue
from jobs.kinds import get_kind
from jobs.models import Item, Job
from photos.files import storage
from photos.models import Photo, PhotoSet, StoredFile
from project.supervisor.broker import Broker
from tests.crew import Crew, descendant_pids, finished_count, send_signal, wait_for
from tests.jobs.work import reload
from tests.photos.pictures import jpeg

pytestmark = pytest.mark.real
FILES = 50
STEPS = [
    {"operation": "rename", "options": {"template": "{folder}/same"}},
    {"operation": "denoise", "options": {"brightness": 50}},
]


def fill(owner: Any) -> None:
    """A library of that many pictures in two folders."""
    photos = PhotoSet.objects.create(owner=owner)
    for number in range(FILES):
        content = jpeg(900 + number, 600)
        file = StoredFile.objects.create(
            sha256=f"{number:064x}", size=len(content), format="jpeg", width=900 + number, height=600
        )
        file.path.parent.mkdir(parents=True, exist_ok=True)
        file.path.write_bytes(content)
        Photo.objects.create(
            owner=owner, file=file, set=photos, name=f"{number}.jpg", path=f"Day {number % 2}", format="jpeg"
        )


def test_every_result_is_there_once_whatever_happens_meanwhile(
    crew: Crew, ana: Any, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STOPBATH_RESULTS = tmp_path
    monkeypatch.setenv("STOPBATH_RESULTS", str(tmp_path))
    fill(ana)
    crew.beat()
    worker = crew.worker(2)
    wanted = get_kind("process").submission({"photos": "all", "steps": STEPS, "deliver": "x"}, ana)
    job = Job.submit("process", wanted, ana, door="api")

    wait_for(lambda: finished_count(job) > 3)
    wait_for(Item.objects.running().filter(job=job).exists)
    send_signal(signal.SIGKILL, *descendant_pids(worker.pid))
    at_the_kill = finished_count(job)
    wait_for(lambda: finished_count(job) > at_the_kill + 5, 40)
    job.cancel(by=ana, door="page")
    wait_for(lambda: reload(job).settled, 10)
    wait_for((tmp_path / "x/manifest.csv").exists)
    assert reload(job).counts.succeeded < FILES
    reload(job).resume(by=ana, door="page")
    wait_for(lambda: reload(job).status == "completed", 60)

    items = list(job.items.filter(phase=0))
    expected = sorted(item.result["delivered"] for item in items)
    assert len(set(expected)) == FILES
    assert {"x/Day 0/same.jpg", "x/Day 1/same (2).jpg"} <= set(expected)
    there = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    assert there == sorted([*expected, "x/manifest.csv", "x/manifest.json"])
    for item in items:
        assert (tmp_path / item.result["delivered"]).read_bytes() == storage.output(item.result["file"]).read_bytes()
    with (tmp_path / "x/manifest.csv").open(encoding="utf-8-sig") as file:
        assert sorted(f"x/{line['output']}" for line in csv.DictReader(file)) == expected


@pytest.mark.long
@pytest.mark.timeout(200)
def test_the_manifest_of_a_job_that_was_cancelled_while_the_broker_was_away_is_written_when_it_is_back(
    crew: Crew, broker: Broker, ana: Any, tmp_path: Path, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.STOPBATH_RESULTS = tmp_path
    monkeypatch.setenv("STOPBATH_RESULTS", str(tmp_path))
    fill(ana)
    crew.beat()
    crew.worker(2)
    wanted = get_kind("process").submission({"photos": "all", "steps": STEPS, "deliver": "x"}, ana)
    job = Job.submit("process", wanted, ana, door="api")
    wait_for(lambda: finished_count(job) > 3)

    broker.kill()
    job.cancel(by=ana, door="page")
    wait_for(lambda: reload(job).settled, 20)
    queue.flush()  # as long as it tries in vain to send, the worker that settled the job tries, too
    broker.start()
    broker.wait_until_ready()
    assert not (tmp_path / "x/manifest.csv").exists()
    took = wait_for(lambda: reload(job).wrap_up_at is None, 90)

    assert (tmp_path / "x/manifest.csv").exists()
    print(f"the manifest was there {took:.1f} s after the broker")
