"""A broker that is reached by TLS: its certificate is verified by every part, unless its address says otherwise."""

import os
import shutil
import socket
import ssl
import subprocess
import threading
from contextlib import suppress
from urllib.parse import quote, urlsplit

import pytest
from celery import current_app
from django.core.exceptions import ImproperlyConfigured
from kombu.utils.url import parse_url

from jobs import queue
from project.environment import Environment
from project.supervisor.broker import new_address
from project.supervisor.broker_address import is_reachable
from project.supervisor.parts import Part
from tests.certificates import make_certificate
from tests.crew import finished_count, wait_for
from tests.jobs.work import make_job, reload

PASSWORD = "correct-horse-battery"


def broker_url(value):
    return Environment({"REDIS_URL": value}).broker_url("REDIS_URL")


def address_of(port, **query):
    pairs = "&".join(f"{name}={quote(str(value))}" for name, value in query.items())
    return broker_url(f"rediss://:{PASSWORD}@127.0.0.1:{port}/0?{pairs}")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    return make_certificate(tmp_path_factory.mktemp("certificates"))


class Impostor:
    """A server with a certificate that nobody vouches for, and what its clients confide to it."""

    def __init__(self, certificate):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.certificate, certificate.key)
        self.listener = context.wrap_socket(
            socket.create_server(("127.0.0.1", 0)), server_side=True, do_handshake_on_connect=False
        )
        self.port = self.listener.getsockname()[1]
        self.calls, self.heard = 0, b""
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        with suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                with suppress(OSError), client:
                    client.settimeout(5)
                    client.do_handshake()
                    self.heard += client.recv(1000)
                self.calls += 1


@pytest.fixture
def impostor(certificate):
    server = Impostor(certificate)
    yield server
    server.listener.close()


def encrypted_server():
    """A Redis or Valkey that can speak TLS, which the bundled one cannot; None when there is none here."""
    for name in (os.environ.get("STOPBATH_TEST_BROKER"), "redis-server", "valkey-server"):
        program = shutil.which(name) if name else None
        # Without a certificate a server that knows TLS says so and ends; any other says that it does not know it.
        output = (
            program
            and subprocess.run(
                [program, "--port", "0", "--tls-port", "1", "--save", ""], capture_output=True, text=True, timeout=20
            ).stdout
        )
        if output and "No tls-cert-file configured" in output:
            return program
    return None


@pytest.fixture(scope="module")
def encrypted_broker(certificate, tmp_path_factory):
    """The port of a server that listens by TLS alone, with a password."""
    program = encrypted_server()
    if program is None:
        pytest.skip("needs a redis-server or valkey-server that was built with TLS")
    folder, port = tmp_path_factory.mktemp("tls-broker"), urlsplit(new_address()).port
    options = {
        "bind": "127.0.0.1", "port": 0, "tls-port": port, "requirepass": PASSWORD, "dir": folder, "save": "",
        "tls-cert-file": certificate.certificate, "tls-key-file": certificate.key, "tls-auth-clients": "no",
    }  # fmt: skip
    part = Part("tls-broker", [program, *(str(one) for pair in options.items() for one in (f"--{pair[0]}", pair[1]))],
                folder)  # fmt: skip
    part.start()
    wait_for(lambda: is_reachable(address_of(port, ssl_cert_reqs="none")))
    yield port
    part.kill()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("rediss://h/0", "required"),
        ("rediss://h/0?ssl_cert_reqs=", "required"),
        ("rediss://h/0?ssl_cert_reqs=CERT_REQUIRED", "required"),
        ("rediss://h/0?ssl_cert_reqs=optional", "optional"),
        ("rediss://h/0?ssl_cert_reqs=none", "none"),
        ("rediss://h/0?ssl_cert_reqs=none&ssl_cert_reqs=required", "required"),
    ],
)
def test_an_encrypted_address_says_whether_certificates_are_verified(value, expected):
    assert broker_url(value) == f"rediss://h/0?ssl_cert_reqs={expected}"


def test_what_else_an_encrypted_address_says_stays(tmp_path):
    (tmp_path / "ca file.pem").touch()
    value = (
        f"rediss://:p%23x@h:6380/2?ssl_ca_certs={quote(str(tmp_path / 'ca file.pem'), safe='')}&health_check_interval=9"
    )

    parts = parse_url(broker_url(value))

    assert (parts["password"], parts["port"], parts["virtual_host"]) == ("p#x", 6380, "2")
    assert parts["ssl"] == {"ssl_ca_certs": str(tmp_path / "ca file.pem"), "ssl_cert_reqs": ssl.CERT_REQUIRED}
    assert parts["health_check_interval"] == "9"


@pytest.mark.parametrize("value", ["", "redis://:p@h:6379/0", "redis://h/0?health_check_interval=9", "unix:///run/x"])
def test_an_address_without_encryption_stays_as_it_is(value):
    assert broker_url(value) == value


def test_each_of_several_addresses_says_it():
    assert (
        broker_url("rediss://a/0;rediss://b/0")
        == "rediss://a/0?ssl_cert_reqs=required;rediss://b/0?ssl_cert_reqs=required"
    )


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("ssl_cert_reqs=requierd", "ssl_cert_reqs must be one of required, optional, none"),
        ("ssl_ca_certs=/not/there.pem", "ssl_ca_certs names '/not/there.pem', which cannot be read"),
    ],
)
def test_what_would_quietly_turn_the_check_off_or_never_connect_is_refused_at_the_start(query, sentence):
    with pytest.raises(ImproperlyConfigured, match=f"^REDIS_URL: {sentence}") as refused:
        broker_url(f"rediss://:secret@h/0?{query}")

    assert "secret" not in str(refused.value)


def test_no_client_of_this_process_confides_in_a_broker_that_nobody_vouches_for(
    client, db, settings, send_to, impostor
):
    settings.CELERY_BROKER_URL = address_of(impostor.port)
    send_to(settings.CELERY_BROKER_URL)

    health = client.get("/healthz").json()
    with pytest.raises(queue.OperationalError, match="certificate verify failed"):
        queue.queue_lengths()
    queue.run_after_commit(lambda: current_app.control.revoke(["x"]))
    queue.flush()

    wait_for(lambda: impostor.calls >= 3)
    assert health["broker"] is False
    assert impostor.heard == b""


@pytest.mark.real
def test_a_worker_says_why_it_does_not_confide_in_it(crew, impostor, monkeypatch):
    monkeypatch.setenv("REDIS_URL", f"rediss://:{PASSWORD}@127.0.0.1:{impostor.port}/0")
    worker = crew.worker(wait=False)

    wait_for(lambda: "The broker's certificate is not trusted (" in crew.log(worker), 60)

    assert impostor.heard == b""
    assert PASSWORD not in crew.log(worker)


@pytest.mark.real
@pytest.mark.parametrize("trust", ["authority", "anybody"])
def test_a_worker_takes_its_work_from_an_encrypted_broker(
    crew, client, ana, tmp_path, encrypted_broker, certificate, settings, send_to, monkeypatch, trust
):
    query = {"authority": {"ssl_ca_certs": certificate.authority}, "anybody": {"ssl_cert_reqs": "none"}}[trust]
    settings.CELERY_BROKER_URL = address_of(encrypted_broker, **query)
    monkeypatch.setenv("REDIS_URL", settings.CELERY_BROKER_URL)
    send_to(settings.CELERY_BROKER_URL)
    crew.worker()

    job = make_job(ana, items=3, folder=str(tmp_path))

    wait_for(lambda: reload(job).status == "completed", 30)
    assert finished_count(job) == 3
    assert queue.queue_lengths() == {"fresh": 0, "lanes": 0, "upkeep": 0}
    assert client.get("/healthz").json()["broker"] is True
