"""A data folder of an earlier version opens as it is: nothing of it is lost, and what was cancelled there goes on.

`files/data-0.1.zip` was written by the version before the modules moved to their present packages: three photos brought
in by `manage.py import`, a job that resized them, and one with a recipe that was cancelled after its first photo.
"""

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.crew import wait_for
from tests.project.supervisor.test_up import Up, own

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="waits for the processes in /proc"),
]
DATA = Path(__file__).parent / "files" / "data-0.1.zip"


def run_command(data: Path, *arguments: str) -> str:
    """What a command of this version says about a data folder; fails with what it says on standard error."""
    result = subprocess.run(
        [sys.executable, "manage.py", *arguments], env=own(data), capture_output=True, text=True, timeout=100
    )
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout


class Site:
    """`manage.py up` on the old data folder, and a program of the person who has it."""

    def __init__(self, data: Path) -> None:
        self.up = Up(data)
        self.up.wait_until_healthy()
        key = run_command(data, "token", "ana").strip()
        self.client = httpx2.Client(
            base_url=f"http://127.0.0.1:{self.up.port}", headers={"Authorization": f"Token {key}"}, timeout=30
        )

    def get(self, path: str) -> Any:
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def job(self, title: str) -> dict[str, Any]:
        return next(job for job in self.get("/api/jobs")["results"] if job["title"] == title)

    def results(self, job: dict[str, Any]) -> list[str]:
        """The pictures in the ZIP file of a job."""
        content = self.client.get(f"/api/jobs/{job['id']}/results.zip").content
        names = zipfile.ZipFile(io.BytesIO(content)).namelist()
        return sorted(name for name in names if name.endswith((".jpg", ".png")))


@pytest.fixture
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the old data folder."""
    folder = tmp_path_factory.mktemp("upgrade") / "data"
    zipfile.ZipFile(DATA).extractall(folder)
    return folder


@pytest.fixture
def site(data: Path) -> Iterator[Site]:
    """This version, at work on the old data folder."""
    site = Site(data)
    yield site
    site.client.close()
    site.up.end()


def test_its_photos_jobs_and_results_are_all_there(site, data):
    jobs = {job["title"]: (job["status"], job["succeeded"]) for job in site.get("/api/jobs")["results"]}

    assert jobs == {
        "Half done": ("cancelled", 1),
        "Resize: 3 photos": ("completed", 3),
        "Import: oldin": ("completed", 3),
    }
    assert sorted(photo["name"] for photo in site.get("/api/photos")["results"]) == ["a.jpg", "b.jpg", "c.jpg"]
    assert site.results(site.job("Resize: 3 photos")) == ["oldin/a.jpg", "oldin/b.jpg", "oldin/c.jpg"]
    assert json.loads(run_command(data, "verify", "--hashes", "--json"))["differences"] == []


def test_a_job_that_was_cancelled_there_does_what_is_left(site):
    job = site.job("Half done")

    assert site.client.post(f"/api/jobs/{job['id']}/resume").status_code == 200
    wait_for(lambda: site.job("Half done")["status"] == "completed", 60)

    assert site.results(job) == ["oldin/a_002.png", "oldin/b_001.png", "oldin/c_003.png"]
    events = [event["event"] for event in site.get(f"/api/jobs/{job['id']}/events")["events"]]
    assert events == ["submit", "start", "cancel", "settle", "resume", "start", "phase", "phase", "finish"]
    assert site.client.get(f"/api/jobs/{job['id']}/catalogue.pdf").content.startswith(b"%PDF")


def test_its_recipe_makes_another_job(site):
    recipe = next(recipe for recipe in site.get("/api/recipes")["results"] if recipe["name"] == "Small and named")

    answer = site.client.post(
        "/api/jobs", json={"kind": "process", "photos": "all", "recipe": recipe["id"], "title": "Again"}
    )

    assert answer.status_code == 201, answer.text
    wait_for(lambda: site.job("Again")["status"] == "completed", 60)
