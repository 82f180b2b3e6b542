"""How long a lane keeps its worker process."""

import pytest
from celery import current_app

from jobs import queue
from jobs.models import Job
from jobs.worker import fair_share, lanes
from jobs.worker.fair_share import FairShare
from tests.jobs.kinds import CountPhase
from tests.jobs.work import make_job, take_turn, waiting_lane

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker_in_memory")]


@pytest.fixture(autouse=True)
def empty_queues(broker_in_memory):
    """Messages of other tests are none of this one's business."""
    with queue.broker_channel() as channel:
        for name in (queue.FRESH_QUEUE, queue.LANE_QUEUE, queue.UPKEEP_QUEUE):
            channel.queue_purge(name)


def send(name, number=1):
    """Messages that wait in a queue."""
    queue.send([queue.Message(0, 0, f"waiting-{name}-{n}") for n in range(number)], name)


def share_of(job):
    return FairShare(take_turn(job))


def test_a_lane_goes_straight_on_when_nobody_waits(ana):
    assert share_of(make_job(ana)).next_slice() == fair_share.SLICE_SECONDS


def test_a_lane_gives_up_its_process_after_its_turn_when_another_waits(ana):
    share = share_of(make_job(ana))
    send(queue.LANE_QUEUE)

    assert 0 < share.next_slice() <= fair_share.SLICE_SECONDS
    share.began -= fair_share.MEAN_TURN_SECONDS

    assert not share.next_slice()
    assert share.credit <= 0


def test_a_lane_gives_up_its_process_now_and_then_even_if_nobody_waits(ana):
    share = share_of(make_job(ana))
    share.began -= fair_share.UNCONTESTED_TURN_SECONDS

    assert not share.next_slice()
    assert share.credit == 0


@pytest.mark.parametrize("name", [queue.FRESH_QUEUE, queue.UPKEEP_QUEUE])
def test_new_jobs_and_upkeep_come_first_and_the_next_turn_of_the_lane_is_longer(ana, name):
    job = make_job(ana)
    share = share_of(job)
    share.began -= 0.2
    send(name)

    assert not share.next_slice()
    assert 0 < share.credit <= 0.8
    assert FairShare(take_turn(job), share.credit).seconds == pytest.approx(fair_share.MEAN_TURN_SECONDS + share.credit)


def test_a_turn_that_a_long_file_made_longer_makes_the_next_one_shorter(ana):
    job = make_job(ana)
    share = share_of(job)
    share.began -= 1.5
    send(queue.LANE_QUEUE)

    assert not share.next_slice()
    assert FairShare(take_turn(job), share.credit).seconds <= 0.5


def test_turns_of_two_people_add_up_to_the_same_however_many_jobs_they_have(ana, ben):
    few, many = [make_job(ana, items=100)], [make_job(ben, items=100) for _ in range(3)]

    def seconds(jobs):
        return sum(FairShare(lane).seconds for job in jobs for lane in job.lanes.select_related("job"))

    assert seconds(few) == pytest.approx(seconds(many))
    assert seconds(few) + seconds(many) == pytest.approx(8 * fair_share.MEAN_TURN_SECONDS)


def test_nobody_else_can_come_while_the_broker_is_away(ana, broker_in_memory):
    share = share_of(make_job(ana))
    share.began -= fair_share.UNCONTESTED_TURN_SECONDS
    current_app.conf.broker_url = "redis://127.0.0.1:1/0"
    current_app._after_fork()

    assert share.next_slice() == fair_share.SLICE_SECONDS


def test_a_lane_whose_job_was_deleted_meanwhile_ends_in_peace(ana, caplog, monkeypatch):
    caplog.set_level("INFO")
    job = make_job(ana)
    waiting = waiting_lane(job)

    def delete_it(phase, wanted):
        Job.objects.get(pk=wanted.pk).delete()
        return wanted.spec

    monkeypatch.setattr(CountPhase, "prepare", delete_it)

    lanes.run_lane(waiting.pk, waiting.turn, no_message)

    assert "its job was deleted" in caplog.text
    assert not any(record.levelname == "ERROR" for record in caplog.records)


def no_message(*arguments):
    raise AssertionError("nothing is left to send")
