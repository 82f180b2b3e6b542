"""A worker whose event loop breaks."""

import pytest

from tests.crew import wait_for
from tests.jobs.work import event_names, make_job

pytestmark = pytest.mark.real


def test_a_worker_that_breaks_gives_its_files_back_and_ends_to_be_started_again(crew, ana, tmp_path, monkeypatch):
    monkeypatch.setenv("BREAKS_AT", str(tmp_path / "breaks"))
    worker = crew.worker(1, app="tests.real.broken")
    job = make_job(ana, items=1, deaf=60, mark=str(tmp_path / "begun"))
    wait_for((tmp_path / "begun").exists)

    (tmp_path / "breaks").touch()
    wait_for(lambda: not worker.is_running(), 10)

    assert worker.describe_end() == "ended with code 1"
    item = job.items.get()
    assert (item.status, item.crashes, item.error) == ("waiting", 0, "")
    assert "rescue" not in event_names(job)
