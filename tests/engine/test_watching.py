"""What the watcher does beside the turn that it watches."""

import faulthandler
import threading

import pytest

from jobs.lanes import FLUSH, Turn
from jobs.models import Job, Lane, Outcome
from jobs.watcher import Watch, Watcher
from tests.engine.work import fresh, make_job, statuses, take
from tests.engine.work import work as finish


@pytest.fixture
def turn(ana):
    lane = take(make_job(ana))
    turn = Turn(lane, Watch(lane), seconds=1)
    turn.flushed_at -= 2 * FLUSH
    yield turn
    faulthandler.cancel_dump_traceback_later()


def test_what_was_done_is_written_though_no_file_is_in_hand(turn):
    written = []
    turn.watch.write = lambda: bool(written.append(turn.watch.in_hand)) or True

    turn.watch.tick()

    assert written == [None]


def test_a_turn_that_waits_to_write_does_not_keep_its_watcher_from_leaving_signs_of_life(turn):
    look = threading.Thread(target=turn.write_waiting, daemon=True)
    with turn.writing:
        look.start()
        look.join(5)
        assert not look.is_alive()


def test_whatever_goes_wrong_with_one_look_is_told_and_does_not_end_the_watching(monkeypatch, caplog):
    looks, seen = [], threading.Event()

    def tick(watch):
        looks.append(watch)
        if len(looks) > 1:
            seen.set()
        raise ValueError("broken")

    monkeypatch.setattr(Watch, "tick", tick)
    watcher, lane = Watcher(), Lane(job_id=1)

    with watcher.watching(lane):
        assert seen.wait(5)

    assert "ValueError: broken" in caplog.text


@pytest.fixture
def killed(monkeypatch):
    """Ends of this process: here it only says so."""
    said = []
    monkeypatch.setattr("jobs.watcher.os.kill", lambda *ended: said.append(ended))
    return said


def in_hand(turn):
    """The turn's one item, begun."""
    (work,) = turn.lane.claim(1)
    turn.watch.stop.begin(work)
    return work


def done(turn, work):
    """The thread that works comes to the end of an item and writes it: whether that counts."""
    now = turn.clock.now()
    turn.outcomes.append(Outcome(work, "succeeded", now, now))
    return turn.flush()


def test_an_item_that_ends_before_its_process_is_ended_counts_and_the_job_goes_on(turn, killed, monkeypatch):
    job, work, hand_on = turn.lane.job, in_hand(turn), Lane.hand_on
    monkeypatch.setattr(Lane, "hand_on", lambda *args: (done(turn, work), hand_on(*args))[1])

    turn.watch.end_process()
    finish(job)

    assert len(killed) == 1
    assert (fresh(job).status, statuses(job)) == ("completed", ["succeeded"] * 3)
    assert set(job.items.values_list("attempt", flat=True)) == {1}


def test_an_item_that_ends_while_its_process_is_ended_is_done_again_and_the_job_goes_on(turn, killed):
    job, work = turn.lane.job, in_hand(turn)

    turn.watch.end_process()

    assert not done(turn, work)
    assert turn.claim() == []
    finish(job)
    assert (fresh(job).status, statuses(job)) == ("completed", ["succeeded"] * 3)
    assert list(job.items.values_list("attempt", flat=True)) == [2, 1, 1]


@pytest.mark.parametrize("write", ["exchange", "record"])
def test_a_turn_that_lost_one_of_its_items_gives_the_others_back_and_the_job_goes_on(turn, write):
    job = turn.lane.job
    lost, _ = works = [*turn.lane.claim(1), *turn.lane.claim(1)]
    job.items.filter(pk=lost.id).update(status="waiting", lane_id=None, turn=None)
    outcomes = [Outcome(work, "succeeded") for work in works]

    assert not (turn.lane.exchange(outcomes, 1) if write == "exchange" else turn.lane.record(outcomes, rest=True))

    assert fresh(job).counts.as_dict()["in_flight"] == 0
    finish(job)
    assert (fresh(job).status, statuses(job)) == ("completed", ["succeeded"] * 3)


def test_a_process_is_ended_though_its_job_was_deleted_meanwhile(turn, killed):
    in_hand(turn)
    Job.objects.filter(pk=turn.lane.job_id).update(removed=True)

    turn.watch.end_process()

    assert len(killed) == 1
