"""What the watcher does beside the turn that it watches."""

import faulthandler
import threading

import pytest

from jobs.lanes import FLUSH, Turn
from jobs.watcher import Watch
from tests.engine.work import make_job, take


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
