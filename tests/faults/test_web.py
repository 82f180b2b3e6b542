"""The web server, killed while people submit and cancel."""

import sys
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import httpx2
import pytest

from jobs.models import Job
from project.accounts.models import Token
from project.supervisor.broker import new_address
from project.supervisor.parts import Part
from tests.crew import BUSY, wait_for
from tests.engine.work import fresh, history, make_job

pytestmark = pytest.mark.real


class Web:
    """gunicorn as the supervisor starts it, and a program that speaks to it."""

    def __init__(self, data, key):
        self.port = new_address().rpartition(":")[2].removesuffix("/0")
        gunicorn = ["-m", "gunicorn", "-c", "python:project.gunicorn", "--bind", f"127.0.0.1:{self.port}"]
        self.part = Part("web", [sys.executable, *gunicorn, "tests.real.wsgi"], data)
        self.headers = {"Authorization": f"Token {key}"}

    def start(self):
        self.part.start()
        wait_for(lambda: self.ask("GET", "/api/jobs"), 30)

    def ask(self, method, path, **extra):
        """The answer, or None when there was none."""
        headers = self.headers | extra.pop("headers", {})
        try:
            return httpx2.request(method, f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=20, **extra)
        except httpx2.TransportError:
            return None

    def ask_until_answered(self, method, path, **extra):
        """What a patient program does."""
        while (answer := self.ask(method, path, **extra)) is None:
            time.sleep(0.05)
        return answer

    def submit_and_cancel(self, key):
        """A job, submitted under a key of its own and then cancelled: its id."""
        body, headers = {"kind": "counting", "items": 3}, {"Idempotency-Key": key}
        submitted = self.ask_until_answered("POST", "/api/jobs", json=body, headers=headers)
        assert submitted.status_code == 201, submitted.text
        uuid = submitted.json()["id"]
        cancelled = self.ask_until_answered("POST", f"/api/cancel/{uuid}")
        assert (cancelled.status_code, cancelled.json()) == (200, {"success": True})
        return uuid


@pytest.fixture
def web(crew, data, ana):
    web = Web(data, Token.make(ana)[1])
    web.start()
    yield web
    web.part.kill()


def test_killed_in_the_middle_of_submits_and_cancels_it_has_done_each_once_or_not_at_all(web, ana):
    keys = [str(uuid.uuid4()) for _ in range(40)]
    with ThreadPoolExecutor(4) as people:
        ids = people.map(web.submit_and_cancel, keys)
        for _ in range(2):
            time.sleep(0.3)
            web.part.kill()
            web.start()
        ids = list(ids)

    assert len({*ids}) == len(keys) == Job.objects.count()
    for job in Job.objects.all():
        assert history(job) == ["submit", "cancel", "settle"]
    assert {*map(str, Job.objects.values_list("uuid", flat=True))} == {*ids}


def test_fifty_callers_who_cancel_at_once_get_the_same_answer_and_make_one_move(web, crew, ana):
    crew.worker()
    job = make_job(ana, items=400, seconds=0.05)
    wait_for(lambda: fresh(job).counts.succeeded)

    with ThreadPoolExecutor(50) as people:
        asking = [people.submit(partial(web.ask, "POST", f"/api/cancel/{job.uuid}")) for _ in range(50)]
        answers = [one.result() for one in asking]
    wait_for(lambda: fresh(job).settled, 5)

    assert {(answer.status_code, answer.text) for answer in answers} == {(200, '{"success":true}')}
    assert history(job) == ["submit", "start", "cancel", "settle"]
    assert fresh(job).stop_time.total_seconds() < 0.5 * BUSY  # fifty requests compete with the workers
