"""A real web server, for tests that need its process."""

import sys
import time

import httpx2

from project.supervisor.broker import new_address
from project.supervisor.parts import Part
from tests.crew import wait_for


class Web:
    """gunicorn as the supervisor starts it, and an API client of it."""

    def __init__(self, data, key):
        self.port = new_address().rpartition(":")[2].removesuffix("/0")
        gunicorn = ["-m", "gunicorn", "-c", "python:project.supervisor.gunicorn", "--bind", f"127.0.0.1:{self.port}"]
        self.part = Part("web", [sys.executable, *gunicorn, "tests.real.wsgi"], data)
        self.headers = {"Authorization": f"Token {key}"}

    def start(self):
        self.part.start()
        wait_for(lambda: self.ask("GET", "/api/jobs"), 30)

    def ask(self, method, path, **extra):
        """The answer; None if the connection failed."""
        headers = self.headers | extra.pop("headers", {})
        try:
            return httpx2.request(method, f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=20, **extra)
        except httpx2.TransportError:
            return None

    def ask_until_answered(self, method, path, **extra):
        """The first answer, asked for until there is one."""
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
