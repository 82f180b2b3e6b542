"""GET /api/jobs/<id>/items/<position>/thumbnail."""

from collections.abc import Callable
from typing import Any

import pytest
import pyvips
from django.test import Client

from jobs.models import Job
from photos.files import storage
from photos.library import decoding
from photos.models import Photo
from tests.jobs.work import make_job, reload, run_items
from tests.photos.kinds.test_processing import files_below, submit_job
from tests.photos.pictures import jpeg

Add = Callable[..., Photo]


def run_convert_job(client: Client, format: str) -> Job:
    """A job that has made a file of that format."""
    job = submit_job(client, steps=[{"operation": "convert", "options": {"format": format}}])
    run_items(job)
    return job


def address(job: Job, position: int = 1) -> str:
    return f"/api/jobs/{job.uuid}/items/{position}/thumbnail"


@pytest.mark.parametrize("format", ["jpeg", "tiff", "pdf"])
def test_an_output_of_any_format_has_a_thumbnail(as_ana: Client, add: Add, format: str) -> None:
    add(jpeg(1200, 600))

    response = as_ana.get(address(run_convert_job(as_ana, format)))

    picture = pyvips.Image.new_from_buffer(response.getvalue(), "")
    assert response["Content-Type"] == "image/jpeg"
    assert (picture.width, picture.height) == (480, 240)


def test_a_thumbnail_of_an_output_is_made_once_and_kept_by_the_browser(
    as_ana: Client, add: Add, monkeypatch: Any
) -> None:
    add()
    job = run_convert_job(as_ana, "png")
    first = as_ana.get(address(job))
    first.getvalue()
    monkeypatch.setattr(decoding, "run_in_sandbox", None)

    assert as_ana.get(address(job)).getvalue()
    again = as_ana.get(address(job), headers={"If-None-Match": first["ETag"]})

    assert (again.status_code, first["Cache-Control"]) == (304, "private, max-age=31536000, immutable")


def test_thumbnails_of_outputs_are_made_one_at_a_time_for_each_user(
    as_ana: Client, ana: Any, add: Add, monkeypatch: Any
) -> None:
    monkeypatch.setattr(decoding, "MAX_DECODING_SECONDS", 0.01)
    add()
    job = run_convert_job(as_ana, "png")

    with decoding.output_thumbnail_lock.hold(ana.pk, 1):
        busy = as_ana.get(address(job))

    words = "There is no thumbnail: an earlier request takes too long, try again in a moment"
    assert (busy.status_code, busy.json(), busy["Retry-After"]) == (503, {"error": words}, "2")
    monkeypatch.undo()
    assert as_ana.get(address(job)).getvalue()


def test_a_thumbnail_of_an_output_is_deleted_with_the_output(as_ana: Client, add: Add) -> None:
    add()
    job = run_convert_job(as_ana, "png")
    as_ana.get(address(job)).getvalue()

    storage.remove_output(job.items.get().result["file"])

    assert files_below(storage.root() / "outputs") == []
    assert as_ana.get(address(job)).status_code == 404


def test_other_users_and_files_without_an_output_get_no_thumbnail(
    as_ana: Client, as_ben: Client, ana: Any, add: Add
) -> None:
    add()
    job, counted = run_convert_job(as_ana, "png"), make_job(ana, items=1, results=True)
    run_items(counted)

    answers = [as_ben.get(address(job)), as_ana.get(address(job, 2)), as_ana.get(address(reload(counted)))]

    assert [answer.status_code for answer in answers] == [404, 404, 404]
