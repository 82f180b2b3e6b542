"""Writers of SQLite wait in line."""

import multiprocessing
import os
import signal
import threading
import time

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction

from project.sqlite.writer_queue import WriterQueue


def test_whoever_has_just_written_lines_up_behind_those_who_wait(tmp_path):
    first, order = WriterQueue(tmp_path / "db"), []

    def wait_and_write():
        second = WriterQueue(tmp_path / "db")
        second.acquire(10)
        order.append("second")
        second.close()

    for _ in range(10):
        first.acquire(10)
        thread = threading.Thread(target=wait_and_write)
        thread.start()
        time.sleep(0.02)  # it waits at the head of the line by now
        first.release()
        first.acquire(10)
        order.append("first")
        first.release()
        thread.join()

    first.close()
    assert order == ["second", "first"] * 10


def enter_and_wait(path, inside):
    WriterQueue(path).acquire(10)
    inside.set()
    time.sleep(60)


def test_a_killed_writer_lets_the_next_one_in(tmp_path):
    context = multiprocessing.get_context("spawn")
    inside = context.Event()
    writer = context.Process(target=enter_and_wait, args=(tmp_path / "db", inside))
    writer.start()
    assert inside.wait(30)
    mine = WriterQueue(tmp_path / "db")

    os.kill(writer.pid, signal.SIGKILL)
    mine.acquire(10)

    assert mine.is_acquired
    mine.close()
    writer.join()


def test_a_stopped_writer_does_not_stop_all_others(tmp_path):
    stopped, mine = WriterQueue(tmp_path / "db"), WriterQueue(tmp_path / "db")
    stopped.acquire(10)

    mine.acquire(0.1)

    assert not mine.is_acquired
    mine.release()
    stopped.release()
    mine.acquire(0.1)
    assert mine.is_acquired
    mine.close()
    stopped.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif("connection.vendor != 'sqlite'", reason="PostgreSQL locks rows")
@pytest.mark.parametrize("in_transaction", [True, False])
def test_a_write_waits_for_its_turn_and_a_reading_does_not(in_transaction, ana):
    people = get_user_model().objects
    other = WriterQueue(connection.settings_dict["NAME"])
    other.acquire(10)
    began = time.monotonic()
    threading.Timer(0.2, other.release).start()

    assert people.count()
    assert time.monotonic() - began < 0.15
    if in_transaction:
        with transaction.atomic():
            people.update(first_name="Ana")
    else:
        people.update(first_name="Ana")

    assert time.monotonic() - began > 0.19
    other.close()
