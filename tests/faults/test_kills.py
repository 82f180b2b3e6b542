"""Killing what works."""

import shutil
import signal

import pytest

from jobs import queue
from jobs.models import Item, Lane
from tests.crew import SLOWDOWN, descendant_pids, finished_count, freeze, send_signal, wait_for
from tests.faults.checks import assert_whole, goes_on
from tests.jobs.work import event_names, make_job, reload

pytestmark = pytest.mark.real

CHILD_OR_WORKER, BROKER_OR_DATABASE = 6.0, 15.0  # seconds until work goes on, by the design


@pytest.mark.parametrize("whole", [False, True], ids=["a child", "a worker"])
def test_what_a_killed_process_had_in_hand_is_done_by_others(crew, ana, tmp_path, whole):
    crew.beat()
    if whole:
        crew.worker(1, wait=False)
    worker = crew.worker(1)
    job = make_job(ana, items=60, seconds=0.05, folder=str(tmp_path))
    wait_for(lambda: finished_count(job) > 5)

    lost = killed(job, worker, whole)
    goes_on(job, "a worker killed" if whole else "a child killed", CHILD_OR_WORKER, lost)
    wait_for(lambda: reload(job).status == "completed", 40)

    assert_whole(job)
    assert event_names(job).count("rescue") == 1


def killed(job, worker, whole):
    """Kill a worker or its one child with items in hand, and say which."""
    lanes = Lane.objects.filter(worker__endswith=f":{worker.pid}", working=True)
    victims = [worker.pid, *descendant_pids(worker.pid)] if whole else descendant_pids(worker.pid)
    while True:
        freeze(job, *victims)  # while we look, it could give back what it had
        if lost := list(Item.objects.running().filter(lane_id__in=lanes.values("pk")).values_list("pk", flat=True)):
            break
        send_signal(signal.SIGCONT, *victims)
    send_signal(signal.SIGKILL, *victims)
    if whole:
        worker.kill()
    return lost


def test_a_file_that_kills_its_worker_fails_and_the_batch_goes_on(crew, ana):
    crew.beat()
    crew.worker()
    job = make_job(ana, items=12, crash=[3])

    wait_for(lambda: reload(job).status == "completed", 60)

    assert reload(job).counts.succeeded == 11
    assert job.items.get(position=3).error == "This file crashed its worker three times."


@pytest.mark.parametrize("messages", ["thrown away", pytest.param("kept", marks=pytest.mark.long)])
def test_work_goes_on_after_the_broker_was_killed(crew, broker, ana, messages, tmp_path):
    crew.beat()
    crew.worker()
    job = make_job(ana, items=100, seconds=0.05, folder=str(tmp_path))
    waiting = [make_job(ana, items=3, folder=str(tmp_path)) for _ in range(2)]
    wait_for(lambda: finished_count(job) > 5)

    broker.kill()
    if messages == "thrown away":
        shutil.rmtree(broker.messages)
    waiting.append(make_job(ana, items=3, folder=str(tmp_path)))
    queue.flush()  # the attempt to send it has failed by now
    broker.start()
    broker.wait_until_ready()
    took = wait_for(lambda: reload(waiting[-1]).status == "completed", BROKER_OR_DATABASE * SLOWDOWN)
    print(
        f"the broker killed, its messages {messages}: a job submitted meanwhile was done {took:.1f} s after it was back"
    )
    wait_for(lambda: {reload(one).status for one in [job, *waiting]} == {"completed"}, 40)

    for one in [job, *waiting]:
        assert_whole(one)
    assert "rescue" not in event_names(job)


def test_everything_killed_at_once_comes_back(crew, broker, ana, tmp_path):
    crew.beat()
    crew.worker()
    job = make_job(ana, items=100, seconds=0.05, folder=str(tmp_path))
    waiting = make_job(ana, items=3, folder=str(tmp_path))
    wait_for(lambda: finished_count(job) > 5)

    crew.end()
    broker.kill()
    broker.start()
    broker.wait_until_ready()
    crew.beat()
    crew.worker()
    goes_on(job, "everything killed and started again", CHILD_OR_WORKER)
    wait_for(lambda: {reload(one).status for one in (job, waiting)} == {"completed"}, 40)

    assert_whole(job)
    assert_whole(waiting)


def test_a_worker_that_was_stopped_past_its_lease_writes_nothing_when_it_wakes(crew, ana, tmp_path):
    crew.beat()
    first = crew.worker(1)
    job = make_job(ana, items=120, seconds=0.05, folder=str(tmp_path))
    wait_for(lambda: finished_count(job) > 3)
    zombies = [first.pid, *descendant_pids(first.pid)]
    freeze(job, *zombies)

    crew.worker(1)
    wait_for(lambda: "rescue" in event_names(job))
    send_signal(signal.SIGCONT, *zombies)
    wait_for(lambda: reload(job).status == "completed", 40)
    wait_for(lambda: not Lane.objects.filter(working=True).exists())

    assert_whole(job)
    assert reload(job).counts.succeeded == 120
    # What the zombie had made after its last sign of life is gone, too.
    wait_for(lambda: len([*tmp_path.iterdir()]) == 120, 5)


def test_messages_that_come_twice_change_nothing(crew, ana, tmp_path):
    job = make_job(ana, items=40, seconds=0.02, folder=str(tmp_path))
    queue.flush()
    messages = [lane.message for lane in Lane.objects.all()]
    queue.send(messages * 5, queue.LANE_QUEUE)

    crew.worker()
    wait_for(lambda: reload(job).status == "completed")

    assert_whole(job)
    assert set(job.items.values_list("attempt", flat=True)) == {1}
    assert len([*tmp_path.iterdir()]) == 40
