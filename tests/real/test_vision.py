"""Cancelling while a vision model is being asked, with real workers."""

from typing import Any

import pytest

from jobs.models import Job
from photos.kinds.process import Process
from photos.library.uploads import add_samples
from photos.models import Photo, VisionCall
from tests.crew import MAX_STOP_TIME, wait_for
from tests.jobs.work import reload

pytestmark = pytest.mark.real


@pytest.fixture
def ask(settings: Any, monkeypatch: pytest.MonkeyPatch, vision_server: Any) -> Any:
    """Sets the endpoint, here and for workers that are started from now on, and submits a job."""

    def submit(owner: Any, mode: str, photos: int) -> Job:
        for name, value in {"URL": vision_server.url(mode), "MODEL": "a-model"}.items():
            monkeypatch.setenv(f"STOPBATH_VISION_{name}", value)
            setattr(settings, f"STOPBATH_VISION_{name}", value)
        add_samples(owner, photos)
        process = Process()
        asked = process.submission({"photos": "all", "steps": [], "classify": True}, owner)
        return Job.submit(process.name, asked, owner, door="api")

    return submit


@pytest.mark.parametrize("mode", ["silent", "slow", "dripping"])
def test_a_cancel_reaches_the_model_at_once(crew, ana, ask, vision_server, mode):
    job = ask(ana, mode, photos=3)
    crew.worker()
    wait_for(lambda: len(vision_server.asked) == 2, 40)

    job.cancel(by=ana, door="page")
    wait_for(lambda: reload(job).settled, 5)

    job = reload(job)
    wait_for(lambda: len(vision_server.abandoned) == 2, 2)
    assert max(at for _, at in vision_server.abandoned) - job.cancelled_at.timestamp() < MAX_STOP_TIME.total_seconds()
    assert job.stop_time < MAX_STOP_TIME
    assert sorted(VisionCall.objects.values_list("outcome", flat=True)) == ["aborted", "aborted"]
    assert (job.counts.succeeded, job.current_phase.name, job.current_phase.finished) == (3, "classify", 0)


def test_what_was_answered_before_a_cancel_stays_and_the_rest_is_never_sent(crew, ana, ask, vision_server):
    job = ask(ana, "one-then-silent", photos=6)
    crew.worker(1)
    wait_for(lambda: len(vision_server.asked) == 4, 40)

    job.cancel(by=ana, door="page")
    wait_for(lambda: reload(job).settled, 5)

    assert sorted(VisionCall.objects.values_list("outcome", flat=True)) == ["aborted", *["finished"] * 3]
    assert Photo.objects.filter(category="dogs").count() == 3
    assert reload(job).current_phase.succeeded == 3
