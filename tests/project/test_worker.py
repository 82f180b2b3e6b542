"""A worker, when the connection to the broker is lost."""

import os
import pickle
import struct
from types import SimpleNamespace

import pytest
from celery.worker.request import logger as request
from kombu.asynchronous import Hub

from project.celery.app import SteadyConnection, app
from project.celery.pool import AsyncPool, Pool, ResultReader


class Child:
    """What a worker has of one of its children: the reading end of a pipe, and here the writing end, too."""

    def __init__(self):
        self.reads, self.writes = os.pipe()
        os.set_blocking(self.reads, False)
        self.heard = []
        self.outq = SimpleNamespace(_reader=SimpleNamespace(poll=lambda seconds: True))

    def says(self, data):
        os.write(self.writes, data)

    def _is_alive(self):
        return True


@pytest.fixture
def child():
    child = Child()
    yield child
    os.close(child.reads)
    os.close(child.writes)


@pytest.fixture
def hub():
    hub = Hub()
    yield hub
    hub.close()


@pytest.fixture
def results(hub, child):
    results = ResultReader(
        *[None] * 9, fileno_to_outq={child.reads: child}, on_process_alive=None, on_ready_counters=None
    )  # fmt: skip
    results.on_state_change = child.heard.append
    listen(results, hub, child)
    return results


def listen(results, hub, child):
    """What the pool does when the worker begins, and when it has the broker again."""
    results.register_with_event_loop(hub)
    hub.add_reader(child.reads, results.handle_event, child.reads)


def go_round(hub):
    next(hub.create_loop())


def framed(message):
    body = pickle.dumps(message)
    return struct.pack("!i", len(body)) + body


MESSAGE = (1, ("done", list(range(100))))


@pytest.mark.parametrize("heard", [2, 4, 50])
def test_a_message_that_was_read_in_part_when_the_broker_went_away_is_read_to_its_end(results, hub, child, heard):
    child.says(framed(MESSAGE)[:heard])
    go_round(hub)

    hub.reset()
    listen(results, hub, child)
    child.says(framed(MESSAGE)[heard:] + framed("the next"))
    go_round(hub)
    go_round(hub)

    assert child.heard == [MESSAGE, "the next"]


def test_a_message_that_was_read_in_part_is_read_to_its_end_when_the_worker_ends(results, hub, child):
    child.says(framed(MESSAGE)[:50])
    go_round(hub)
    child.says(framed(MESSAGE)[50:])

    assert results._finish_partial_read(child.reads, child) is False
    assert child.heard == [MESSAGE]


def test_a_new_child_does_not_go_on_with_what_a_dead_one_said(results, hub, child):
    child.says(framed(MESSAGE)[:50])
    go_round(hub)

    results.fileno_to_outq[child.reads] = SimpleNamespace()  # the pipe of another child has the same number
    child.says(framed("the first"))
    go_round(hub)

    assert child.heard == ["the first"]


def test_workers_use_this_pool():
    assert app.conf.worker_pool == f"{Pool.__module__}:{Pool.__name__}"
    assert Pool.Pool is AsyncPool
    assert AsyncPool.ResultHandler is ResultReader


def test_a_channel_that_went_with_its_connection_is_not_closed_once_more():
    connection, closed = SteadyConnection("memory://"), []
    connection.default_channel.close = lambda: closed.append(connection._transport is not None)

    connection.collect()
    connection.close()

    assert closed
    assert all(closed)


def test_any_other_failure_of_a_task_keeps_its_traceback(caplog):
    try:
        raise ZeroDivisionError("a bug")
    except ZeroDivisionError as error:
        request.error("Task handler raised error: %r", error, exc_info=True)

    assert caplog.messages == ["Task handler raised error: ZeroDivisionError('a bug')"]
    assert "Traceback" in caplog.text
