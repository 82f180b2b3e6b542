"""What the watcher does beside the turn that it watches."""

import faulthandler
import math
import threading

import pytest
from django.db import OperationalError

from jobs import queue
from jobs.models import Job, Lane
from jobs.work import Outcome, Work
from jobs.worker.lanes import FLUSH_SECONDS, Pending, Turn
from jobs.worker.watcher import Watch, Watcher
from tests.jobs.work import make_job, reload, statuses, take_turn
from tests.jobs.work import run_items as finish


@pytest.fixture
def turn(ana):
    lane = take_turn(make_job(ana))
    turn = Turn(lane, Watch(lane), seconds=1)
    turn.flushed_at -= 2 * FLUSH_SECONDS
    yield turn
    faulthandler.cancel_dump_traceback_later()


def test_what_was_done_is_written_though_no_file_is_in_hand(turn):
    written = []
    turn.watch.write = lambda: bool(written.append(turn.watch.current_item)) or True

    turn.watch.ask_database()

    assert written == [None]


def test_a_turn_that_waits_to_write_does_not_keep_its_watcher_from_leaving_signs_of_life(turn):
    look = threading.Thread(target=turn.write_waiting, daemon=True)
    with turn.write_lock:
        look.start()
        look.join(5)
        assert not look.is_alive()


def test_a_watcher_does_not_wait_for_a_turn_that_begins_to_write_while_it_looks(turn):
    class Done:
        """Something under way: asked about by the watcher, it lets the turn begin to write first."""

        def done(self):
            taken.start()
            assert holding.wait(5)
            return True

    def hold():
        with turn.write_lock:
            holding.set()
            assert released.wait(10)

    holding, released = threading.Event(), threading.Event()
    taken = threading.Thread(target=hold, daemon=True)
    turn.under_way[0] = Pending(Done(), until=math.inf)
    look = threading.Thread(target=turn.write_waiting, daemon=True)

    look.start()
    look.join(5)

    waited = look.is_alive()
    released.set()
    look.join(5)
    assert not waited


def test_whatever_goes_wrong_with_one_look_is_told_and_does_not_end_the_watching(monkeypatch, caplog):
    looks, seen = [], threading.Event()

    def look(watch):
        looks.append(watch)
        if len(looks) > 1:
            seen.set()
        raise ValueError("broken")

    monkeypatch.setattr(Watch, "ask_database", look)
    watcher, lane = Watcher(), Lane(job_id=1)

    with watcher.watching(lane):
        assert seen.wait(5)

    assert "ValueError: broken" in caplog.text


WORK = Work(1, 1, None, "number 1", 1, "")


@pytest.fixture(params=["refuses", "keeps silent"])
def alone(request, monkeypatch):
    """A turn with an item in hand, whose watcher asks the database in vain."""
    over = threading.Event()

    def ask(*_):
        if request.param == "keeps silent":
            over.wait(30)
        raise OperationalError("the server is away")

    monkeypatch.setattr(Watch, "read", ask)
    with Watcher().watching(Lane(job_id=1)) as watch:
        watch.stop.begin(Work(1, 1, None, "number 1", 1, ""))
        yield watch
        over.set()


def is_told_to_stop(watch):
    """Whether the item in hand is."""
    told = threading.Event()
    with watch.stop.on_abort(told.set):
        return told.wait(10)


def test_an_item_has_its_time_limit_though_the_database_is_away(alone, settings):
    settings.STOPBATH_MAX_SECONDS = 0.1

    assert is_told_to_stop(alone)
    assert alone.stop.timed_out


def test_an_item_is_told_to_stop_when_its_worker_ends_though_the_database_is_away(alone, monkeypatch):
    monkeypatch.setattr("jobs.worker.watcher.FINISH_SECONDS", 0.1)
    monkeypatch.setattr("jobs.worker.watcher.is_shutting_down", lambda: True)

    assert is_told_to_stop(alone)
    assert not alone.stop.timed_out


def test_a_process_whose_item_does_not_stop_is_ended_though_the_database_is_away(alone, monkeypatch):
    ended = threading.Event()
    monkeypatch.setattr("jobs.worker.watcher.GRACE_SECONDS", 0.1)
    monkeypatch.setattr(Watch, "end_process", lambda _: ended.set())

    alone.abort()

    assert ended.wait(10)


def test_a_turn_that_waits_for_the_database_has_no_item_in_hand_that_could_take_too_long(turn, monkeypatch):
    record, seen = Lane.record, []

    def fail_once(*args, **how):
        seen.append(turn.watch.current_item)
        if len(seen) == 1:
            raise OperationalError("the server is away")
        return record(*args, **how)

    monkeypatch.setattr("jobs.worker.lanes.RECONNECT_SECONDS", 0.01)
    monkeypatch.setattr("jobs.worker.lanes.connection.close", lambda: None)  # this test's transaction would end with it
    in_hand(turn)
    monkeypatch.setattr(Lane, "record", fail_once)

    turn.wait_for_database()

    assert seen == [None, None]
    assert statuses(turn.lane.job) == ["waiting"] * 3


def test_a_process_is_not_ended_for_a_late_item_that_has_stopped_while_no_other_is_begun(turn, monkeypatch, settings):
    settings.STOPBATH_MAX_SECONDS = 0
    monkeypatch.setattr("jobs.worker.watcher.GRACE_SECONDS", 0)
    in_hand(turn)
    turn.watch.check_item_time()
    turn.watch.check_item_time()
    assert turn.watch.stop.timed_out

    turn.watch.stop.item = None

    turn.watch.check_item_time()
    assert turn.watch.stop_at is None


@pytest.fixture
def killed(monkeypatch):
    """Ends of this process: here it only says so."""
    said = []
    monkeypatch.setattr("jobs.worker.watcher.os.kill", lambda *ended: said.append(ended))
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
    job, work, hand_over = turn.lane.job, in_hand(turn), Lane.hand_over
    monkeypatch.setattr(Lane, "hand_over", lambda *args: (done(turn, work), hand_over(*args))[1])

    turn.watch.end_process()
    finish(job)

    assert len(killed) == 1
    assert (reload(job).status, statuses(job)) == ("completed", ["succeeded"] * 3)
    assert set(job.items.values_list("attempt", flat=True)) == {1}


def test_an_item_that_ends_while_its_process_is_ended_is_done_again_and_the_job_goes_on(turn, killed):
    job, work = turn.lane.job, in_hand(turn)

    turn.watch.end_process()

    assert not done(turn, work)
    assert turn.claim() == []
    finish(job)
    assert (reload(job).status, statuses(job)) == ("completed", ["succeeded"] * 3)
    assert list(job.items.values_list("attempt", flat=True)) == [2, 1, 1]


@pytest.mark.parametrize("write", ["exchange", "record"])
def test_a_turn_that_lost_one_of_its_items_gives_the_others_back_and_the_job_goes_on(turn, write):
    job = turn.lane.job
    lost, _ = works = [*turn.lane.claim(1), *turn.lane.claim(1)]
    job.items.filter(pk=lost.id).update(status="waiting", lane_id=None, turn=None)
    outcomes = [Outcome(work, "succeeded") for work in works]

    assert not (turn.lane.exchange(outcomes, 1) if write == "exchange" else turn.lane.record(outcomes, rest=True))

    assert reload(job).counts.as_dict()["in_flight"] == 0
    finish(job)
    assert (reload(job).status, statuses(job)) == ("completed", ["succeeded"] * 3)


def test_a_process_is_ended_though_its_job_was_deleted_meanwhile(turn, killed):
    in_hand(turn)
    Job.objects.filter(pk=turn.lane.job_id).update(removed=True)

    turn.watch.end_process()

    assert len(killed) == 1


def test_a_process_is_ended_though_the_database_refuses_what_it_gives_back(turn, killed, monkeypatch):
    def refuse(*_):
        raise OperationalError("the server is away")

    monkeypatch.setattr(Lane, "hand_over", refuse)

    turn.watch.end_process()

    assert len(killed) == 1


def test_a_process_is_ended_though_the_database_keeps_silent(turn, monkeypatch):
    ended, waits = threading.Event(), []
    monkeypatch.setattr("jobs.worker.watcher.os.kill", lambda *_: ended.set())
    monkeypatch.setattr("jobs.worker.watcher.MAX_RELEASE_SECONDS", 0.1)
    monkeypatch.setattr(Lane, "hand_over", lambda *_: waits.append(ended.wait(10)))

    turn.watch.end_process()

    assert waits == [True]


@pytest.fixture
def silent_broker(monkeypatch):
    """A broker that takes no message until the test is over."""
    over = threading.Event()
    monkeypatch.setattr(queue, "FLUSH_SECONDS", 0.1)
    queue.run_in_broker_thread(lambda: over.wait(30))
    yield over
    over.set()
    queue.flush()


@pytest.mark.parametrize("way", ["the watcher ends it", "the worker ends"])
def test_a_process_ends_though_the_broker_keeps_silent(turn, killed, monkeypatch, silent_broker, caplog, way):
    in_hand(turn)
    if way == "the watcher ends it":
        turn.watch.end_process()
    else:
        monkeypatch.setattr("jobs.worker.lanes.is_shutting_down", lambda: True)
        turn.release_rest(turn.lane.phase_now.kind)

    assert not silent_broker.is_set()
    assert "The broker has not taken the last messages within 0.1 s" in caplog.text
    assert statuses(turn.lane.job) == ["waiting"] * 3
