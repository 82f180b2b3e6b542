"""The stop sign that the watcher shares with whoever works."""

import pytest

from jobs.stop import Stop, Stopped
from jobs.work import Work

ONE, OTHER = (Work(n, n, None, "a.jpg", 1, "job", 0) for n in (1, 2))


def begun(item=ONE):
    stop = Stop()
    stop.begin(item)
    return stop


def test_a_late_item_is_aborted_and_the_next_one_is_not():
    stop, called = begun(), []
    with stop.on_abort(lambda: called.append(1)):
        stop.time_out(ONE)
    assert (stop.timed_out, stop.requested, stop.draining, called) == (True, True, False, [1])

    stop.begin(OTHER)

    assert (stop.timed_out, stop.requested) == (False, False)
    stop.check()


def test_an_item_that_is_over_does_not_make_the_next_one_late():
    stop = begun()
    stop.begin(OTHER)

    stop.time_out(ONE)

    assert not stop.requested


def test_a_cancel_goes_before_the_limit():
    stop = begun()
    stop.time_out(ONE)

    stop.request()
    stop.begin(OTHER)

    assert (stop.timed_out, stop.requested, stop.draining) == (False, True, True)
    with pytest.raises(Stopped):
        stop.check()


def test_an_item_that_is_being_aborted_is_not_called_late():
    stop = begun()
    stop.request()

    stop.time_out(ONE)

    assert not stop.timed_out


def test_files_in_hand_that_may_finish_are_not_aborted():
    stop = begun()

    stop.finish_in_hand()

    stop.check()
    assert (stop.draining, stop.requested) == (True, False)


def test_who_comes_too_late_to_be_called_is_called_at_once():
    stop, called = begun(), []
    stop.request()

    with stop.on_abort(lambda: called.append(1)):
        assert called == [1]
