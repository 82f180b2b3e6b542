"""A deploy: workers are told to end while files are in hand."""

import signal

import pytest

from jobs.models import Worker
from project.supervisor.up import PATIENCE
from tests.crew import send_signal, wait_for
from tests.engine.work import fresh, history, make_job

pytestmark = pytest.mark.real


def test_a_file_that_is_finished_soon_is_finished_and_the_rest_is_done_by_others(crew, ana):
    first = crew.worker()
    job = make_job(ana, items=12, seconds=0.5)
    wait_for(lambda: fresh(job).counts.succeeded)

    first.ask_to_end()
    took = wait_for(lambda: not first.running(), PATIENCE)
    assert not job.items.running().exists()
    crew.worker()
    wait_for(lambda: fresh(job).status == "completed")

    assert set(job.items.values_list("attempt", "crashes")) == {(1, 0)}
    assert "rescue" not in history(job)
    print(f"TERM with files of 0.5 s in hand: the worker had ended after {took:.1f} s")


@pytest.mark.parametrize(
    ("number", "manner"),
    [
        (signal.SIGTERM, {"seconds": 60}),
        (signal.SIGTERM, {"deaf": 60}),
        (signal.SIGTERM, {"hog": 40}),
        (signal.SIGQUIT, {"deaf": 60}),
    ],
    ids=["TERM-long", "TERM-deaf", "TERM-hogging", "QUIT-deaf"],
)
def test_a_file_that_is_not_finished_soon_is_given_back_without_blame(crew, ana, number, manner, tmp_path):
    first = crew.worker(1)
    begun = tmp_path / "begun"
    job = make_job(ana, items=2, at={"1": manner | {"mark": str(begun)}})
    wait_for(begun.exists)
    assert Worker.objects.filter(name__endswith=f":{first.pid}").exists()

    send_signal(number, first.pid)
    took = wait_for(lambda: not job.items.running().exists(), PATIENCE)
    first.stop(PATIENCE - took)  # as the supervisor does

    item = job.items.get(position=1)
    assert (item.status, item.crashes, item.error, item.attempts.count()) == ("waiting", 0, "", 0)
    assert fresh(job).status == "running"
    assert not Worker.objects.exists()
    print(f"{number.name} with a file {manner} in hand: given back after {took:.1f} s")
