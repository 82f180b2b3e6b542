"""The engine in a project that has no photos: pages, admin, REST and commands, with a real worker."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from project.supervisor.broker import Broker
from tests.standalone.lines import HOLD
from tests.standalone.site import Site, visible_text

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def site(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The stand-alone project, running."""
    site = Site(tmp_path_factory.mktemp("standalone"), broker.address)
    try:
        site.start()
        yield site
    finally:
        site.end()


def folder_of(parent: Path, files: int) -> Path:
    """A folder with that many text files: the first has one line, the next two, and so on."""
    for number in range(1, files + 1):
        (parent / f"{number:03}.txt").write_text("line\n" * number)
    return parent


def is_held(job: dict) -> bool:
    return job["succeeded"] == 3 and job["in_flight"] > 0


def has_settled(job: dict) -> bool:
    return job["settled"]


def is_completed(job: dict) -> bool:
    return job["status"] == "completed"


def in_admin(site, title: str) -> str:
    """The key of the job with that title, as the administration lists it."""
    page = site.page(f"/admin/jobs/job/?q={title}")
    return re.search(r'name="_selected_action" value="(\d+)"', page)[1]


def test_a_job_runs_to_its_end_and_every_door_tells_of_it(site, tmp_path):
    job = site.submit(folder_of(tmp_path, 4), title="Four")

    told = site.wait(job, is_completed)

    assert (told["succeeded"], told["percent"]) == (4, 100)
    assert [phase["name"] for phase in told["phases"]] == ["count", "sum"]
    assert site.history(job) == ["submit", "start", "phase", "finish"]
    assert "Four Completed 4 done" in visible_text(site.page("/jobs"))
    page = site.page(f"/jobs/{job}")
    assert "003.txt 3 lines" in visible_text(page)
    assert "The sum is deleted, the text files stay." in page
    assert site.page(re.search(r'href="([^"]+)">Download the sum<', page)[1]) == "10\n"
    assert "4 done, 0 failed, 0 not started of 4" in site.page("/admin/jobs/job/")
    assert site.command("show", job)["status"] == "completed"


def test_a_job_is_cancelled_in_the_middle_and_resumed_on_its_page(site, tmp_path):
    hold = tmp_path / HOLD
    hold.touch()
    job = site.submit(folder_of(tmp_path, 30), title="Thirty")
    site.wait(job, is_held)

    page = site.post(f"/jobs/{job}/cancel")

    assert "Job was cancelled Thirty" in visible_text(page)
    stopped = site.wait(job, has_settled)
    assert (stopped["succeeded"], stopped["skipped"], stopped["error"]) == (3, 27, "Cancelled by user")
    site.post(f"/jobs/{job}/dismiss")
    assert "Job was cancelled Thirty" not in visible_text(site.page("/jobs"))

    hold.unlink()
    site.post(f"/jobs/{job}/resume")

    assert site.wait(job, is_completed)["succeeded"] == 30
    attempts = {item["position"]: item["attempt"] for item in site.ask("GET", f"jobs/{job}/items")["items"]}
    assert [attempts[position] for position in (1, 2, 3)] == [1, 1, 1]
    assert site.history(job) == ["submit", "start", "cancel", "settle", "resume", "start", "phase", "finish"]
    assert site.page(f"/jobs/{job}/sum.txt") == "465\n"


def test_what_failed_is_retried_in_the_administration(site, tmp_path):
    folder = folder_of(tmp_path, 3)
    (folder / "002.txt").write_bytes(b"\xff\xfe")
    job = site.submit(folder, title="Broken")
    assert site.wait(job, is_completed)["failed"] == 1
    assert "This is no text." in site.page(f"/jobs/{job}?show=failed")
    (folder / "002.txt").write_text("line\n" * 7)

    site.post("/admin/jobs/job/", action="retry", _selected_action=in_admin(site, "Broken"))

    assert site.wait(job, lambda job: is_completed(job) and not job["failed"])["succeeded"] == 3
    assert site.history(job)[4:] == ["retry", "start", "phase", "finish"]
    assert site.page(f"/jobs/{job}/sum.txt") == "11\n"


def test_commands_and_programs_cancel_and_resume(site, tmp_path):
    hold = tmp_path / HOLD
    hold.touch()
    job = site.submit(folder_of(tmp_path, 9), title="By command")
    site.wait(job, is_held)

    assert site.command("cancel", job)["status"] == "cancelled"
    site.wait(job, has_settled)
    assert site.ask("POST", f"jobs/{job}/resume")["settled"]
    site.wait(job, is_held)
    assert site.ask("POST", "jobs/cancel") == {"success": True, "cancelled": 1}
    site.wait(job, has_settled)
    hold.unlink()
    site.command("resume", job)

    assert site.wait(job, is_completed)["succeeded"] == 9


def test_cancelling_everything_leads_to_the_history(site, tmp_path):
    (tmp_path / HOLD).touch()
    job = site.submit(folder_of(tmp_path, 9), title="Everything")

    page = site.post("/jobs/cancel")

    assert "1 job was cancelled" in page
    assert "<h1>Jobs</h1>" in page
    site.wait(job, has_settled)


def test_a_submit_is_checked_by_the_serializer_that_the_kind_brings(site):
    answer = site.send("POST", "jobs", {"kind": "lines", "folder": 3})

    assert (answer.status_code, answer.json()) == (
        400,
        {"error": "folder must be a text.", "fields": {"folder": "Must be a text."}},
    )


def test_the_description_of_the_api_knows_what_the_kind_takes_and_nothing_of_photos(site):
    described = json.loads(site.manage("spectacular", "--format", "openapi-json"))

    assert {"/api/jobs", "/api/jobs/{job_id}/cancel"} <= set(described["paths"])
    assert set(described["components"]["schemas"]["Submit"]["properties"]) == {"kind", "folder", "title"}
    assert "photo" not in json.dumps(described)


def test_every_history_adds_up(site):
    assert site.command("verify")["differences"] == {}
