"""A file that needs more memory than a worker process may have."""

import sys

import pytest

from tests.crew import wait_for
from tests.jobs.work import make_job, reload

pytestmark = [pytest.mark.real, pytest.mark.skipif(sys.platform != "linux", reason="only Linux counts all memory")]


def test_a_file_that_needs_too_much_memory_fails_and_the_batch_goes_on_in_the_same_process(crew, ana, monkeypatch):
    monkeypatch.setenv("STOPBATH_MAX_MEMORY_MB", "1024")
    crew.worker(processes=1)
    job = make_job(ana, items=4, at={"2": {"megabytes": 1500}, "3": {"megabytes": 300}})

    wait_for(lambda: reload(job).status == "completed")

    assert list(job.items.order_by("position").values_list("status", "error", "attempt", "crashes")) == [
        ("succeeded", "", 1, 0),
        ("failed", "This file needs more memory than there is.", 1, 0),
        ("succeeded", "", 1, 0),
        ("succeeded", "", 1, 0),
    ]
