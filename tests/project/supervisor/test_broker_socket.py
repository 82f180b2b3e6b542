"""A broker that is reached by a socket of this machine."""

import pytest

from jobs import queue
from project.supervisor.broker import find_server
from project.supervisor.broker_address import celery_address, is_reachable
from project.supervisor.parts import Part
from tests.crew import wait_for
from tests.jobs.work import make_job, reload

PASSWORD = "correct/horse"
QUOTED = "correct%2Fhorse"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    """Where a server listens that has no port."""
    folder = tmp_path_factory.mktemp("broker")
    socket = folder / "broker.sock"
    options = ["--port", "0", "--unixsocket", socket, "--requirepass", PASSWORD, "--dir", folder, "--save", ""]
    part = Part("socket-broker", [find_server(), *map(str, options)], folder)
    part.start()
    address = f"unix://{socket}?db=1&password={QUOTED}"
    wait_for(lambda: is_reachable(address))
    yield address
    part.kill()


@pytest.mark.parametrize(
    ("address", "kombu_s"),
    [
        ("unix:///run/redis.sock", "redis+socket:///run/redis.sock?virtual_host=0"),
        ("unix:///run/redis.sock?db=2", "redis+socket:///run/redis.sock?virtual_host=2"),
        (f"unix:///run/redis.sock?password={QUOTED}", f"redis+socket://:{QUOTED}@/run/redis.sock?virtual_host=0"),
        (f"unix://:{QUOTED}@/run/redis.sock", f"redis+socket://:{QUOTED}@/run/redis.sock?virtual_host=0"),
        ("redis://:p@h:6379/0", "redis://:p@h:6379/0"),
        ("", ""),
    ],
)
def test_celery_is_given_the_address_of_a_socket_in_its_own_words(address, kombu_s):
    assert celery_address(address) == kombu_s


@pytest.mark.real
def test_a_worker_takes_its_work_from_a_socket(crew, client, ana, tmp_path, address, settings, send_to, monkeypatch):
    monkeypatch.setenv("REDIS_URL", address)
    settings.REDIS_URL = address
    send_to(celery_address(address))
    crew.worker()

    job = make_job(ana, items=3, folder=str(tmp_path))

    wait_for(lambda: reload(job).status == "completed", 30)
    assert queue.queue_lengths() == {"fresh": 0, "lanes": 0, "upkeep": 0}
    assert client.get("/healthz").json()["broker"] is True
