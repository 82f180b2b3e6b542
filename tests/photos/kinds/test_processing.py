"""What the kind process does with each photo."""

import errno
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import pyvips
from django.test import Client

from jobs.kinds import Submission
from jobs.models import Item, Job
from photos.files import storage as files_storage
from photos.imaging import atomic_file
from photos.imaging.formats.errors import DISK_FULL
from photos.models import Photo
from tests.jobs.work import clear_removed_jobs, reload, run_items, statuses
from tests.photos.api.test_submitting import submit
from tests.photos.pictures import jpeg, picture

Add = Callable[..., Photo]


def submit_job(client: Client, **body: Any) -> Job:
    response = submit(client, **({"photos": "all"} | body))
    assert response.status_code == 201, response.content
    return Job.objects.get(uuid=response.json()["id"])


def items(client: Client, job: Job) -> list[dict[str, Any]]:
    answer: list[dict[str, Any]] = client.get(f"/api/jobs/{job.uuid}/items").json()["items"]
    return answer


def files_below(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


def test_each_photo_becomes_a_new_file_and_the_original_stays(as_ana: Client, add: Add) -> None:
    content = jpeg(64, 48)
    photo = add(content, name="beach.jpg", path="Summer")
    job = submit_job(as_ana, steps=[{"operation": "resize", "options": {"longest_edge": 32}},
                                   {"operation": "convert", "options": {"format": "png"}}])  # fmt: skip

    run_items(job)

    (item,) = items(as_ana, job)
    assert {k: item["output"][k] for k in ("name", "format", "width", "height")} == {
        "name": "beach.png", "format": "png", "width": 32, "height": 24,
    }  # fmt: skip
    response = as_ana.get(item["output"]["url"])
    assert response["Content-Type"] == "image/png"
    content_made = response.getvalue()
    assert content_made.startswith(b"\x89PNG")
    assert len(content_made) == item["output"]["size"]
    assert photo.file.path.read_bytes() == content


def test_photos_are_done_in_the_order_in_which_they_were_chosen(as_ana: Client, add: Add) -> None:
    photos = [add(name=f"{number}.jpg") for number in range(3)]

    job = submit_job(as_ana, photos=[str(photo.uuid) for photo in reversed(photos)])
    run_items(job)

    assert [item["name"] for item in items(as_ana, job)] == ["2.jpg", "1.jpg", "0.jpg"]


def test_photos_that_come_after_the_submit_are_not_touched(as_ana: Client, add: Add) -> None:
    add(name="a.jpg")
    job = submit_job(as_ana)
    add(name="b.jpg")

    run_items(job)

    assert [item["name"] for item in items(as_ana, job)] == ["a.jpg"]
    assert reload(job).status == "completed"


def test_a_photo_that_was_deleted_meanwhile_fails_and_the_others_go_on(as_ana: Client, add: Add) -> None:
    first, _ = add(name="a.jpg"), add(name="b.jpg")
    job = submit_job(as_ana, photos=[str(photo.uuid) for photo in Photo.objects.order_by("pk")])
    first.delete()

    run_items(job)

    assert statuses(job) == ["failed", "succeeded"]
    assert items(as_ana, job)[0]["error"] == "The photo was deleted before it was processed"


@pytest.mark.parametrize("leave", ["delete", "correct"])
def test_photos_that_leave_the_selection_before_their_turn_are_told_so_and_no_other_is_done_twice(
    as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch, leave: str
) -> None:
    monkeypatch.setattr("jobs.models.phase.PLAN_BATCH_SIZE", 1)
    photos = [add(name=f"{number}.jpg") for number in range(6)]
    Photo.objects.all().correct("Garden")
    job = submit_job(as_ana, filter={"category": "Garden"})
    run_items(job, items=1)
    leaving = Photo.objects.filter(pk__in=[photo.pk for photo in photos[2:4]])
    leaving.delete() if leave == "delete" else leaving.correct("Street")

    run_items(job)

    assert [item["name"] for item in items(as_ana, job) if item["output"]] == ["0.jpg", "1.jpg", "4.jpg", "5.jpg"]
    assert [item["error"] for item in items(as_ana, job) if not item["output"]] == [
        "The photo was deleted, or no longer matched the filter, before its turn came"
    ] * 2


def test_a_damaged_photo_fails_in_words_and_leaves_nothing(as_ana: Client, add: Add) -> None:
    photo = add(jpeg(500, 500))
    whole = photo.file.path.read_bytes()
    photo.file.path.chmod(0o600)
    photo.file.path.write_bytes(whole[: len(whole) // 2])
    job = submit_job(as_ana)

    run_items(job)

    (item,) = items(as_ana, job)
    assert (item["status"], item["output"]) == ("failed", None)
    assert item["error"] == "The file ends in the middle of the picture"
    assert files_below(files_storage.outputs(str(job.uuid))) == []


def test_an_original_that_is_lost_fails_in_words(as_ana: Client, add: Add) -> None:
    add().file.path.unlink()
    job = submit_job(as_ana)

    run_items(job)

    assert items(as_ana, job)[0]["error"] == "The original is missing from the storage"


def test_a_retry_makes_what_failed(as_ana: Client, ana: Any, add: Add) -> None:
    content = jpeg()
    photo = add(content)
    photo.file.path.unlink()
    job = submit_job(as_ana)
    run_items(job)
    photo.file.path.write_bytes(content)

    reload(job).retry(by=ana, door="api")
    run_items(job)

    assert statuses(job) == ["succeeded"]


def test_a_job_without_steps_makes_no_file_for_the_phases_that_follow(as_ana: Client, ana: Any, add: Add) -> None:
    photo, lost = add(name="a.jpg"), add(name="b.jpg")
    lost.file.path.unlink()
    submission = Submission(title="", spec={"photos": [photo.pk, lost.pk], "steps": []}, phases=["process"], total=2)
    job = Job.submit("process", submission, ana, door="api")

    run_items(job)

    assert statuses(job) == ["succeeded", "failed"]
    assert [item["output"] for item in items(as_ana, job)] == [None, None]
    assert items(as_ana, job)[1]["error"] == "The original is missing from the storage"
    assert not files_storage.outputs(str(job.uuid)).exists()


def test_a_deleted_job_takes_its_outputs_along_and_no_originals(
    as_ana: Client, add: Add, django_capture_on_commit_callbacks: Any
) -> None:
    photo = add()
    job = submit_job(as_ana)
    run_items(job)
    assert len(files_below(files_storage.outputs(str(job.uuid)))) == 1

    with django_capture_on_commit_callbacks(execute=True):
        assert as_ana.delete(f"/api/jobs/{job.uuid}").status_code == 204
    clear_removed_jobs()

    assert not files_storage.outputs(str(job.uuid)).exists()
    assert photo.file.path.exists()


def test_an_output_that_is_lost_is_a_plain_404(as_ana: Client, add: Add) -> None:
    add()
    job = submit_job(as_ana)
    run_items(job)
    for path in files_below(files_storage.outputs(str(job.uuid))):
        path.unlink()

    assert as_ana.get(items(as_ana, job)[0]["output"]["url"]).status_code == 404


def test_a_result_cannot_lead_out_of_the_outputs(storage: Path) -> None:
    for name in ("../secret", "originals/ab/cd/x", "/etc/passwd", "outputs/../originals/x"):
        with pytest.raises(FileNotFoundError):
            files_storage.output(name)


def test_a_picture_is_turned_upright_first(as_ana: Client, add: Add) -> None:
    canvas = pyvips.Image.new_from_buffer(picture(".png", 40, 20), "").copy()
    canvas.set_type(pyvips.GValue.gint_type, "orientation", 6)
    photo = add(canvas.write_to_buffer(".jpg"))
    job = submit_job(as_ana, steps=[{"operation": "resize", "options": {"percent": 50}}])

    run_items(job)

    output = items(as_ana, job)[0]["output"]
    assert (photo.file.width, photo.file.height) == (20, 40)
    assert (output["width"], output["height"]) == (10, 20)


def test_what_an_output_could_not_keep_is_told_by_the_api_and_on_the_page(as_ana: Client, add: Add) -> None:
    clear = pyvips.Image.black(32, 24, bands=4).copy(interpretation="srgb")
    add(clear.pngsave_buffer(), name="clear.png")
    add()
    job = submit_job(as_ana, steps=[{"operation": "convert", "options": {"format": "jpeg"}}])

    run_items(job)

    noted, plain = (item["output"] for item in sorted(items(as_ana, job), key=lambda item: item["position"]))
    if "notes" not in noted:
        noted, plain = plain, noted
    assert noted["notes"] == ["Transparency became white: JPEG has none"]
    assert "notes" not in plain
    assert "Transparency became white: JPEG has none" in as_ana.get(f"/jobs/{job.uuid}").content.decode()


@pytest.mark.parametrize(
    ("number", "status", "error"),
    [(errno.EDQUOT, "failed", DISK_FULL), (errno.EIO, "waiting", "")],
)
def test_a_storage_that_fails_only_when_bytes_reach_it_fails_the_photo(
    as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch, number: int, status: str, error: str
) -> None:
    add()

    def sync(path: Path) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(atomic_file, "sync", sync)
    job = submit_job(as_ana, steps=[{"operation": "resize", "options": {"longest_edge": 32}}])

    run_items(job)

    item = Item.objects.get(job=job)
    assert (item.status, item.error, item.result) == (status, error, None)
    assert files_below(files_storage.outputs(str(job.uuid))) == []


def test_an_output_is_on_the_disk_before_it_counts(as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[Path] = []

    def sync(path: Path) -> None:
        time.sleep(0.3)  # longer than it takes to write what became of the photo
        synced.append(path)

    add()
    monkeypatch.setattr(atomic_file, "sync", sync)
    job = submit_job(as_ana, steps=[{"operation": "resize", "options": {"longest_edge": 32}}])

    run_items(job)

    assert statuses(job) == ["succeeded"]
    assert synced == files_below(files_storage.outputs(str(job.uuid)))
