"""What an item leaves to a thread, such as bytes on their way to the disk, has to end before the item counts."""

import threading
import time
from concurrent.futures import Future

import pytest
from django.db import OperationalError

from jobs.errors import ItemFailed, PassingFault
from jobs.models import Item
from jobs.worker import lanes
from jobs.worker.lanes import FLUSH_SECONDS, Turn
from jobs.worker.watcher import Watch
from tests.jobs.kinds import counting
from tests.jobs.work import make_job, reload, run_items, statuses, take_turn

pytestmark = pytest.mark.django_db


@pytest.fixture
def end():
    counting.ends[1] = Future()
    yield counting.ends[1]
    counting.ends.clear()


def test_an_item_counts_when_what_it_left_to_a_thread_has_ended(ana, end):
    job = make_job(ana, items=2, under_way=[1])
    seen = []

    def finish():
        seen.append(end.done())
        end.set_result(None)

    finisher = threading.Timer(0.2, finish)
    finisher.start()
    run_items(job)

    assert seen == [False]
    assert statuses(job) == ["succeeded"] * 2
    first = Item.objects.get(job=job, position=1)
    assert first.result == {"made": first.result["made"]}


def test_the_next_item_is_done_meanwhile(ana, end, tmp_path):
    lanes.item_seconds.clear()  # nothing is known of how long an item takes: both are claimed together
    mark = tmp_path / "mark"
    job = make_job(ana, items=9, under_way=[1], at={"2": {"mark": str(mark)}})

    def finish():
        until = time.monotonic() + 10
        while not mark.exists() and time.monotonic() < until:
            time.sleep(0.01)
        if mark.exists():
            end.set_result(None)
        else:
            end.set_exception(ItemFailed("The next item has not begun."))

    threading.Thread(target=finish).start()
    run_items(job)

    assert statuses(job) == ["succeeded"] * 9


def test_an_item_fails_when_what_it_left_to_a_thread_does(ana, end):
    job = make_job(ana, items=2, under_way=[1])
    end.set_exception(ItemFailed("There is no space left."))

    run_items(job)

    assert statuses(job) == ["failed", "succeeded"]
    first = Item.objects.get(job=job, position=1)
    assert (first.error, first.result) == ("There is no space left.", None)
    assert reload(job).status == "completed"


def test_a_passing_fault_of_what_was_left_to_a_thread_is_tried_again(ana, end):
    job = make_job(ana, items=1, under_way=[1])
    end.set_exception(PassingFault("The storage is away."))

    run_items(job)

    assert statuses(job) == ["waiting"]
    assert Item.objects.get(job=job).faults == 1


def test_the_watcher_does_not_wait_for_it(ana, end):
    job = make_job(ana, items=1, under_way=[1])
    lane = take_turn(job)
    turn = Turn(lane, Watch(lane), seconds=1)
    assert turn.do_items(turn.claim())
    turn.flushed_at -= 2 * FLUSH_SECONDS

    assert turn.write_waiting()
    assert statuses(job) == ["running"]

    end.set_result(None)
    assert turn.write_waiting()
    assert statuses(job) == ["succeeded"]


@pytest.mark.timeout(15)
def test_an_item_fails_when_what_it_left_to_a_thread_does_not_end_in_time(ana, end, settings):
    settings.STOPBATH_MAX_SECONDS = 0.2
    job = make_job(ana, items=2, under_way=[1])

    run_items(job)

    assert statuses(job) == ["failed", "succeeded"]
    assert Item.objects.get(job=job, position=1).error == "This file took longer than 0.2 s."


def test_a_time_limit_of_the_disk_itself_is_no_time_limit_of_the_item(ana, end):
    job = make_job(ana, items=1, under_way=[1])
    end.set_exception(TimeoutError("the server of the files does not answer"))

    run_items(job)

    assert Item.objects.get(job=job).error == "Something went wrong with this file (TimeoutError)."


@pytest.fixture
def failed_turn(ana, end):
    """A turn whose one item was done, while what it had left to a thread was not."""
    lane = take_turn(make_job(ana, items=1, under_way=[1]))
    turn = Turn(lane, Watch(lane), seconds=1)
    assert turn.do_items(turn.claim())
    end.set_exception(ItemFailed("There is no space left."))
    return turn


def test_a_failure_for_which_no_words_are_found_at_first_is_never_written_as_a_success(failed_turn, monkeypatch):
    monkeypatch.setattr(Turn, "error_for", lose)
    with pytest.raises(OperationalError):
        failed_turn.flush()
    monkeypatch.undo()

    assert failed_turn.flush()

    assert statuses(failed_turn.lane.job) == ["failed"]


def test_a_failure_whose_commit_was_lost_is_written_as_a_failure(failed_turn, monkeypatch):
    monkeypatch.setattr("jobs.models.Lane.record", lose)
    with pytest.raises(OperationalError):
        failed_turn.flush()
    monkeypatch.undo()

    assert failed_turn.flush()

    assert statuses(failed_turn.lane.job) == ["failed"]
    assert Item.objects.get(job=failed_turn.lane.job).error == "There is no space left."


def lose(*_, **__):
    raise OperationalError("the server is away")
