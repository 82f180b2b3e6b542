"""How long a lane keeps its worker process."""

import pytest
from celery import current_app

from jobs import queue
from jobs.models import Job
from jobs.worker import fair_share, lanes
from jobs.worker.fair_share import Share
from tests.jobs.kinds import Count
from tests.jobs.work import lane_of, make_job, take

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("broker_in_memory")]


@pytest.fixture(autouse=True)
def empty_queues(broker_in_memory):
    """Messages of other tests are none of this one's business."""
    with queue.channel() as channel:
        for name in (queue.FRESH, queue.LANES, queue.UPKEEP):
            channel.queue_purge(name)


def send(name, number=1):
    """Messages that wait in a queue."""
    queue.send([queue.Message(0, 0, f"waiting-{name}-{n}") for n in range(number)], name)


def share_of(job):
    return Share(take(job))


def test_a_lane_goes_straight_on_when_nobody_waits(ana):
    assert share_of(make_job(ana)).more() == fair_share.LOOK


def test_a_lane_gives_up_its_process_after_its_turn_when_another_waits(ana):
    share = share_of(make_job(ana))
    send(queue.LANES)

    assert 0 < share.more() <= fair_share.LOOK
    share.began -= fair_share.TURN

    assert not share.more()
    assert share.owed <= 0


def test_a_lane_gives_up_its_process_now_and_then_even_if_nobody_waits(ana):
    share = share_of(make_job(ana))
    share.began -= fair_share.ALONE

    assert not share.more()
    assert share.owed == 0


@pytest.mark.parametrize("name", [queue.FRESH, queue.UPKEEP])
def test_new_jobs_and_upkeep_come_first_and_the_next_turn_of_the_lane_is_longer(ana, name):
    job = make_job(ana)
    share = share_of(job)
    share.began -= 0.2
    send(name)

    assert not share.more()
    assert 0 < share.owed <= 0.8
    assert Share(take(job), share.owed).seconds == pytest.approx(fair_share.TURN + share.owed)


def test_a_turn_that_a_long_file_made_longer_makes_the_next_one_shorter(ana):
    job = make_job(ana)
    share = share_of(job)
    share.began -= 1.5
    send(queue.LANES)

    assert not share.more()
    assert Share(take(job), share.owed).seconds <= 0.5


def test_turns_of_two_people_add_up_to_the_same_however_many_jobs_they_have(ana, ben):
    few, many = [make_job(ana, items=100)], [make_job(ben, items=100) for _ in range(3)]

    def seconds(jobs):
        return sum(Share(lane).seconds for job in jobs for lane in job.lanes.select_related("job"))

    assert seconds(few) == pytest.approx(seconds(many))
    assert seconds(few) + seconds(many) == pytest.approx(8 * fair_share.TURN)


def test_nobody_else_can_come_while_the_broker_is_away(ana, broker_in_memory):
    share = share_of(make_job(ana))
    share.began -= fair_share.ALONE
    current_app.conf.broker_url = "redis://127.0.0.1:1/0"
    current_app._after_fork()

    assert share.more() == fair_share.LOOK


def test_a_lane_whose_job_was_deleted_meanwhile_ends_in_peace(ana, caplog, monkeypatch):
    caplog.set_level("INFO")
    job = make_job(ana)
    waiting = lane_of(job)

    def delete_it(phase, wanted):
        Job.objects.get(pk=wanted.pk).delete()
        return wanted.spec

    monkeypatch.setattr(Count, "prepare", delete_it)

    lanes.work(waiting.pk, waiting.turn, no_message)

    assert "its job was deleted" in caplog.text
    assert not any(record.levelname == "ERROR" for record in caplog.records)


def no_message(*arguments):
    raise AssertionError("nothing is left to send")
