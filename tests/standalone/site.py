"""Runs the stand-alone project in processes of its own: its web server, worker and beat, and its commands."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from unittest import mock

import httpx2

from project.supervisor.broker import new_address
from project.supervisor.parts import BASE_DIR, Part
from tests.crew import wait_for

PASSWORD = "correct horse battery"


class Site:
    """The processes of the stand-alone project, and a person who speaks to it as a browser does."""

    def __init__(self, data: Path, broker: str) -> None:
        self.data, self.parts = data, list[Part]()
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "tests.standalone.settings",
            "STANDALONE_DATA": str(data),
            "STANDALONE_BROKER": broker,
            "DJANGO_SUPERUSER_PASSWORD": PASSWORD,
            "C_FORCE_ROOT": "1",
        }
        self.port = new_address().rpartition(":")[2].removesuffix("/0")
        address = f"http://127.0.0.1:{self.port}"
        self.browser = httpx2.Client(base_url=address, timeout=20, follow_redirects=True)

    # ---------------------------------------------------------------- its processes

    def start(self) -> None:
        """Migrate, start everything, make a person meanwhile and sign in."""
        self.manage("migrate", "-v", "0")
        address = f"127.0.0.1:{self.port}"
        self.part("web", "gunicorn", "-b", address, "--threads", "4", "--no-control-socket", "tests.standalone.wsgi")
        celery = ("celery", "-A", "tests.standalone.app")
        self.part("worker", *celery, "worker", "-c", "2", "-l", "INFO", "--without-gossip", "--without-mingle")
        self.part("beat", *celery, "beat")
        self.manage("createsuperuser", "--noinput", "--username", "ana", "--email", "ana@example.org")
        wait_for(self.answers, 30)
        self.post("/admin/login/", username="ana", password=PASSWORD, next="/jobs")

    def part(self, name: str, *command: str) -> None:
        """Start one of its processes."""
        part = Part(name, [sys.executable, "-m", *command], self.data)
        with mock.patch.dict(os.environ, self.environment):
            part.start()
        self.parts.append(part)

    def answers(self) -> bool:
        """Whether the web server answers."""
        try:
            return self.browser.get("/admin/login/").status_code == 200
        except httpx2.TransportError:
            return False

    def end(self) -> None:
        """Kill whatever is left; what it said is shown where a test failed."""
        self.browser.close()
        for part in self.parts:
            part.kill()
            print(f"----- {part.name} said", part.log.read_text()[-8000:], sep="\n")

    # ---------------------------------------------------------------- its doors

    def manage(self, *words: str) -> str:
        """What a command of `manage.py` says."""
        ended = subprocess.run(
            [sys.executable, "-m", "django", *words],
            env=os.environ | self.environment, cwd=BASE_DIR, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return ended.stdout

    def page(self, address: str) -> str:
        """A page, as text."""
        answer = self.browser.get(address)
        assert answer.status_code == 200, answer.text
        return answer.text

    def post(self, address: str, **fields: Any) -> str:
        """Send a form; the page that it leads to."""
        answer = self.browser.post(address, data=fields, headers={"X-CSRFToken": self.browser.cookies["csrftoken"]})
        assert answer.status_code == 200, answer.text
        return answer.text

    def send(self, method: str, address: str, body: Any = None) -> httpx2.Response:
        """What the API answers."""
        token = {"X-CSRFToken": self.browser.cookies["csrftoken"]}
        return self.browser.request(method, f"/api/{address}", json=body, headers=token)

    def ask(self, method: str, address: str, body: Any = None) -> Any:
        """An answer of the API that says yes, as JSON."""
        answer = self.send(method, address, body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    # ---------------------------------------------------------------- its jobs

    def submit(self, folder: Path, **body: Any) -> str:
        """Submit a job over the API; its id."""
        return self.ask("POST", "jobs", {"kind": "lines", "folder": str(folder), **body})["id"]

    def wait(self, job: str, condition: Any) -> dict[str, Any]:
        """Wait until something is so of a job; the job."""
        wait_for(lambda: condition(self.ask("GET", f"jobs/{job}")), 30)
        return self.ask("GET", f"jobs/{job}")

    def history(self, job: str) -> list[str]:
        """What has happened to a job, oldest first."""
        return [event["event"] for event in self.ask("GET", f"jobs/{job}/events")["events"]]

    def command(self, *words: str) -> Any:
        """What `manage.py jobs` says, as JSON."""
        return json.loads(self.manage("jobs", *words, "--json"))


def visible_text(page: str) -> str:
    """What a person reads of a page, spaces as one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))
