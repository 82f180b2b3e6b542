"""Work that waits for somebody else's answer and is stopped meanwhile."""

import threading
import time
from collections.abc import Callable

import anyio
import httpx2
import pytest

from jobs.stop import Stop, Stopped
from jobs.worker.abortable import run_abortable
from tests.slow_server import SlowServer


def stop_once(stop: Stop, begun: Callable[[], object]) -> None:
    """What the watcher does, from another thread, in the middle of the work."""

    def watch() -> None:
        while not begun():
            time.sleep(0.01)
        time.sleep(0.1)
        stop.request()

    threading.Thread(target=watch, daemon=True).start()


def asking(server: SlowServer, path: str, seconds: float = 30):
    """A request that waits that long for an answer."""

    async def ask() -> str:
        async with httpx2.AsyncClient(timeout=seconds) as client:
            return (await client.get(server.address + path)).text

    return ask


@pytest.mark.parametrize("path", ["/silent", "/silent-after-headers", "/dripping"])
def test_a_stop_ends_a_request_and_the_server_sees_that_nobody_waits_any_more(slow_server, path):
    stop = Stop()
    stop_once(stop, lambda: slow_server.asked)

    with pytest.raises(Stopped):
        run_abortable(asking(slow_server, path), stop)

    assert slow_server.wait_for_abandoned(within=2) == [path]
    assert stop.callbacks == []


def test_an_answer_is_returned(slow_server):
    assert run_abortable(asking(slow_server, "/quick"), Stop()) == "done"
    assert slow_server.wait_for_abandoned(within=0) == []


def test_what_goes_wrong_is_raised_as_it_is(slow_server):
    with pytest.raises(httpx2.ReadTimeout):
        run_abortable(asking(slow_server, "/silent", seconds=0.1), Stop())

    async def fail() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run_abortable(fail, Stop())


def test_nothing_is_asked_after_a_stop(slow_server):
    stop = Stop()
    stop.request()

    with pytest.raises(Stopped):
        run_abortable(asking(slow_server, "/silent"), stop)

    assert [thread.name for thread in threading.enumerate() if "portal" in thread.name] == []


def test_nothing_goes_on_in_secret_after_a_stop():
    steps = []

    async def tidy() -> None:
        steps.append("begun")
        try:
            await anyio.sleep(30)
        finally:
            with anyio.CancelScope(shield=True):
                await anyio.sleep(0.1)
            steps.append("tidied")

    stop = Stop()
    stop_once(stop, lambda: steps)
    with pytest.raises(Stopped):
        run_abortable(tidy, stop)

    assert steps == ["begun", "tidied"]
