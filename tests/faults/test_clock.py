"""A worker whose clock is wrong."""

from datetime import timedelta

import pytest
from django.db import connection

from jobs.clock import database_now
from jobs.models import Worker
from tests.crew import MAX_CLAIM_TIME, MAX_STOP_TIME, finished_count, wait_for
from tests.jobs.work import event_names, make_job, reload

pytestmark = [
    pytest.mark.real,
    pytest.mark.postgres,
    pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no clock but this machine's"),
]


@pytest.mark.parametrize("wrong_by", [90, pytest.param(-90, marks=pytest.mark.long)])
def test_a_worker_whose_clock_is_wrong_by_90_seconds_works_like_any_other(crew, ana, tmp_path, monkeypatch, wrong_by):
    assert connection.vendor == "postgresql"
    crew.beat()
    crew.worker(1, wait=False)
    monkeypatch.setenv("WRONG_BY", str(wrong_by))
    wrong = crew.worker(1, app="tests.real.wrong_clock")
    assert Worker.objects.processes() == 2
    began = database_now()
    job = make_job(ana, items=150, seconds=0.05, folder=str(tmp_path))
    wait_for(lambda: finished_count(job) > 60)
    reload(job).cancel(by=ana, door="page")
    wait_for(lambda: reload(job).settled, 5)
    stopped_in = reload(job).stop_time
    cancelled_at = reload(job).cancelled_at
    assert not job.items.filter(started_at__gt=cancelled_at + MAX_CLAIM_TIME).exists()
    reload(job).resume(by=ana, door="page")
    wait_for(lambda: reload(job).status == "completed")

    assert timedelta(0) < stopped_in < MAX_STOP_TIME
    assert "rescue" not in event_names(job)
    times = job.items.values_list("started_at", "ended_at", "worker__name")
    assert all(began <= started <= ended <= database_now() for started, ended, _ in times)
    assert any(name.endswith(f":{wrong.pid}") for _, _, name in times)
    assert len([*tmp_path.iterdir()]) == 150
    assert "Stopped job" in crew.log(wrong)
