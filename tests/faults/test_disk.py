"""A disk that is full while outputs are written."""

import os
import shutil
import subprocess

import pytest
from django.test import Client

from jobs.models import Job
from photos.files import storage
from tests.crew import wait_for
from tests.jobs.work import reload
from tests.photos.api.test_submitting import submit
from tests.photos.conftest import send
from tests.photos.pictures import jpeg

pytestmark = pytest.mark.real
FULL = "The disk is full: make room and retry"


@pytest.fixture
def small_disk(tmp_path, settings, monkeypatch):
    """A storage of 8 MB, for this process and for workers."""
    if (
        os.getuid()
        or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", tmp_path], capture_output=True).returncode
    ):
        pytest.skip("this user may not mount a small disk")
    settings.STOPBATH_STORAGE = tmp_path
    monkeypatch.setenv("STOPBATH_STORAGE", str(tmp_path))
    yield tmp_path
    subprocess.run(["umount", "-l", tmp_path], check=True)


def fill(disk):
    """Leave no room, and say which file takes it."""
    filler = disk / "filler"
    filler.write_bytes(bytes(shutil.disk_usage(disk).free))
    return filler


def test_files_that_do_not_fit_fail_with_a_sentence_and_a_retry_makes_them(crew, ana, small_disk):
    client = Client()
    client.force_login(ana)
    for number in range(6):
        assert send(client, ("files", jpeg(300 + number, 200), f"{number}.jpg")).status_code == 201
    answer = submit(client, photos="all", steps=[{"operation": "convert", "options": {"format": "png"}}])
    job = Job.objects.get(uuid=answer.json()["id"])
    filler = fill(small_disk)

    crew.worker()
    wait_for(lambda: reload(job).status == "failed", 30)
    assert {*job.items.values_list("status", flat=True)} == {"failed"}
    assert {*job.items.values_list("error", flat=True)} == {FULL}
    assert [path for path in storage.outputs(str(job.uuid)).rglob("*") if path.is_file()] == []

    filler.unlink()
    reload(job).retry(by=ana, door="page")
    wait_for(lambda: reload(job).status == "completed", 30)
    results = job.items.values_list("result", flat=True)
    assert {storage.output(result["file"]).stat().st_size == result["size"] for result in results} == {True}
    assert len([path for path in storage.outputs(str(job.uuid)).rglob("*") if path.is_file()]) == 6
