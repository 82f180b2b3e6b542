"""Connections that are cut in the middle of a batch."""

import os
import socket
import sys
import time
from urllib.parse import urlsplit

import pytest
from django.db import connection

from tests.crew import database_url, finished_count, wait_for
from tests.faults.checks import assert_whole, goes_on
from tests.faults.proxy import Proxy
from tests.jobs.work import event_names, make_job, reload

pytestmark = pytest.mark.real
BACK = 15.0  # seconds until work goes on, by the design


@pytest.fixture
def way():
    """Makes proxies; they are closed at the end."""
    proxies = []

    def to(address):
        """A proxy, and the address that leads through it."""
        parts = urlsplit(address)
        proxy = Proxy(parts.port)
        proxies.append(proxy)
        return proxy, address.replace(f":{parts.port}", f":{proxy.port}", 1)

    yield to
    for proxy in proxies:
        proxy.close()


@pytest.mark.timeout(200)
@pytest.mark.parametrize("seconds", [3, pytest.param(60, marks=pytest.mark.long)])
def test_connections_to_the_broker_are_made_again_and_nothing_is_done_twice(
    crew, broker, way, ana, tmp_path, monkeypatch, seconds
):
    proxy, address = way(broker.address)
    monkeypatch.setenv("REDIS_URL", address)
    crew.beat()
    crew.worker()
    job = make_job(ana, items=160, seconds=0.05, folder=str(tmp_path))
    for cut in range(3):
        wait_for(lambda cut=cut: finished_count(job) > 10 + 30 * cut)
        proxy.cut()
    proxy.cut(and_stay_away=True)
    time.sleep(seconds)
    later = make_job(ana, items=3, folder=str(tmp_path))
    proxy.come_back()
    goes_on(later, f"connections to the broker cut four times, the last time for {seconds} s", BACK)
    wait_for(lambda: {reload(one).status for one in (job, later)} == {"completed"}, 40)

    assert_whole(job)
    assert_whole(later)
    assert "rescue" not in event_names(job)
    assert set(job.items.values_list("attempt", flat=True)) == {1}


@pytest.mark.postgres
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no connections that could be cut")
@pytest.mark.parametrize("seconds", [0, pytest.param(8, marks=pytest.mark.long)])
def test_connections_to_the_database_are_made_again_and_no_file_is_blamed(
    crew, way, ana, tmp_path, monkeypatch, seconds
):
    assert connection.vendor == "postgresql"
    proxy, address = way(through_tcp(database_url()))
    monkeypatch.setenv("DATABASE_URL", address)
    crew.beat()
    worker = crew.worker()
    job = make_job(ana, items=120, seconds=0.05, folder=str(tmp_path))
    for cut in range(3):
        wait_for(lambda cut=cut: finished_count(job) > 10 + 20 * cut)
        proxy.cut()
    wait_for(lambda: finished_count(job) > 75)
    proxy.cut(and_stay_away=bool(seconds))
    time.sleep(seconds)
    proxy.come_back()
    goes_on(job, f"connections to the database cut four times, the last time for {seconds} s", BACK)
    wait_for(lambda: reload(job).status == "completed", 40)

    assert_whole(job)
    assert "waits until the database is back" in crew.log(worker)
    assert set(job.items.values_list("crashes", flat=True)) == {0}
    assert len([*tmp_path.iterdir()]) == 120


@pytest.mark.postgres
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has no connections that could fall silent")
@pytest.mark.skipif(sys.platform != "linux", reason="other systems name the times of a connection differently")
def test_a_connection_to_the_database_that_falls_silent_is_given_up_by_the_system(db):
    """This machine's kernel answers for all its own ports, so none of them falls silent: what it was told is seen."""
    connection.ensure_connection()
    if connection.settings_dict["HOST"].startswith("/"):
        pytest.skip("the database is reached by a socket of this machine")
    with socket.socket(fileno=os.dup(connection.connection.fileno())) as way:
        times = (socket.TCP_KEEPIDLE, socket.TCP_KEEPINTVL, socket.TCP_KEEPCNT, socket.TCP_USER_TIMEOUT)
        told = [way.getsockopt(socket.IPPROTO_TCP, each) for each in times]

        assert (way.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE), told) == (1, [5, 2, 3, 10_000])


def through_tcp(address):
    """The same database by its port, where it is known by its socket."""
    before, question, _ = address.partition("?")
    return before.replace("@:", "@127.0.0.1:") if question else address
