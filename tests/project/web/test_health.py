"""Whether /healthz tells the truth. That all is well is shown by test_up.py, with real parts."""

import socket
import time

import pytest
from django.db import connection

from jobs.models import Worker

KEYS = {"status", "database", "broker", "workers", "beat"}


@pytest.fixture
def silent_broker(settings):
    """A broker that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.CELERY_BROKER_URL = f"redis://127.0.0.1:{listener.getsockname()[1]}/0"
        yield


@pytest.fixture
def no_broker(settings):
    """An address without a broker."""
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"


def test_a_silent_broker_is_told_within_two_seconds(client, db, silent_broker):
    Worker.record_heartbeat("one", Worker.WORKER, 2)
    before = time.monotonic()

    response = client.get("/healthz")

    assert time.monotonic() - before < 2
    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "database": True, "broker": False, "workers": 1, "beat": False}


@pytest.mark.parametrize("address", ["redis://:p#w@redis:6379/0", "nonsense", "redis://redis:six/0"])
def test_an_address_of_the_broker_that_is_none_is_a_broker_that_is_away(client, db, settings, address):
    settings.CELERY_BROKER_URL = address

    response = client.get("/healthz")

    assert (response.status_code, response.json()["broker"]) == (503, False)


def test_beat_and_workers_are_counted_apart(client, db, no_broker):
    Worker.record_heartbeat("beat", Worker.BEAT)

    facts = client.get("/healthz").json()

    assert facts["beat"] is True
    assert facts["workers"] == 0


def test_a_database_that_is_away_is_told(client, no_broker, django_db_blocker, monkeypatch):
    with django_db_blocker.unblock():
        connection.close()
        monkeypatch.setitem(connection.settings_dict, "NAME", "/dev/null/nowhere")
        monkeypatch.setitem(connection.settings_dict, "HOST", "/dev/null")

        response = client.get("/healthz")

    assert response.status_code == 503
    assert response.json() == {"status": "unavailable", "database": False, "broker": False, "workers": 0, "beat": False}


def test_it_needs_no_sign_in_and_is_never_cached(client, db, no_broker):
    response = client.get("/healthz")

    assert set(response.json()) == KEYS
    assert "no-store" in response["Cache-Control"]


def test_it_can_only_be_read(client, db):
    assert client.post("/healthz").status_code == 405
