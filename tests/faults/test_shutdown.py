"""A deploy: workers are told to end while files are in hand."""

import signal

import pytest

from jobs.models import Worker
from project.supervisor.parts import STOP_SECONDS
from tests.crew import send_signal, wait_for
from tests.jobs.work import event_names, make_job, reload

pytestmark = pytest.mark.real


def test_a_file_that_is_finished_soon_is_finished_and_the_rest_is_done_by_others(crew, ana):
    first = crew.worker()
    job = make_job(ana, items=12, seconds=0.5)
    wait_for(lambda: reload(job).counts.succeeded)

    first.terminate_process()
    took = wait_for(lambda: not first.is_running(), STOP_SECONDS)
    assert not job.items.running().exists()
    crew.worker()
    wait_for(lambda: reload(job).status == "completed")

    assert set(job.items.values_list("attempt", "crashes")) == {(1, 0)}
    assert "rescue" not in event_names(job)
    print(f"TERM with files of 0.5 s in hand: the worker had ended after {took:.1f} s")


MANNERS = ({"seconds": 60}, {"deaf": 60}, {"hog": 40})


@pytest.mark.parametrize("number", [signal.SIGTERM, pytest.param(signal.SIGQUIT, marks=pytest.mark.long)])
def test_files_that_are_not_finished_soon_are_given_back_without_blame(crew, ana, number, tmp_path):
    first = crew.worker(3)
    jobs = [make_job(ana, items=1, **manner, mark=str(tmp_path / str(n))) for n, manner in enumerate(MANNERS)]
    wait_for(lambda: len([*tmp_path.iterdir()]) == 3)
    assert Worker.objects.filter(name__endswith=f":{first.pid}").exists()

    send_signal(number, first.pid)
    took = [wait_for(lambda job=job: not job.items.running().exists(), STOP_SECONDS) for job in jobs]
    first.stop(max(0, STOP_SECONDS - sum(took)))  # as the supervisor does

    for job in jobs:
        item = job.items.get()
        assert (item.status, item.crashes, item.error, item.attempts.count()) == ("waiting", 0, "", 0)
        assert reload(job).status == "running"
        assert "rescue" not in event_names(job)
    assert not Worker.objects.exists()
    long, deaf, hogging = (sum(took[: n + 1]) for n in range(3))
    print(f"{number.name}: given back in {long:.1f} s, a deaf file in {deaf:.1f} s, a hogging one in {hogging:.1f} s")
