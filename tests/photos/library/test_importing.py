"""ZIP files become jobs that bring what is in them into the library."""

import io
import struct
import zipfile
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from jobs.clock import database_now
from jobs.models import Job
from jobs.recovery import rescue
from photos.files import storage
from photos.files.archives import Limits, list_members
from photos.files.upload_limit import UploadLimit
from photos.imaging.formats import Unreadable
from photos.imaging.sandbox import NO_TIME, Busy
from photos.library import decoding
from photos.models import Import, ImportedFile, Photo
from tests.jobs.work import clear_removed_jobs, reload, run_items, statuses
from tests.photos.conftest import send
from tests.photos.kinds.test_processing import files_below, items
from tests.photos.pictures import jpeg, picture

Add = Callable[..., Photo]
DENSE = {"compression": zipfile.ZIP_DEFLATED, "compresslevel": 9}


def zipped(files: Mapping[str | zipfile.ZipInfo, bytes], **options: Any) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", **options) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def uploaded(client: Client, content: bytes, name: str = "trip.zip", path: str = "") -> Job:
    fields = [("paths", path.encode(), None)] if path else []
    response = send(client, ("files", content, name), *fields)
    assert response.status_code == 201, response.content
    return Job.objects.get(uuid=response.json()["import"])


def errors(client: Client, job: Job) -> dict[str, str]:
    return {item["name"]: item["error"] for item in items(client, job)}


def library() -> list[str]:
    return sorted(photo.full_name for photo in Photo.objects.all())


def test_a_zip_file_becomes_a_job_that_takes_in_its_files_with_their_paths(as_ana: Client, ana: Any) -> None:
    content = jpeg()
    job = uploaded(as_ana, zipped({"Trip/Day 1/a.jpg": content, "Trip/b.png": picture(".png"), "c.jpg": jpeg()}))
    assert library() == []

    run_items(job)

    assert reload(job).status == "completed"
    assert library() == ["Trip/Day 1/a.jpg", "Trip/b.png", "c.jpg"]
    assert Photo.objects.get(name="a.jpg").file.path.read_bytes() == content
    assert {photo.set.uuid for photo in Photo.objects.all()} == {Import.objects.get().uuid}
    assert (reload(job).title, reload(job).kind) == ("Import: trip.zip", "import")


def test_a_zip_file_in_a_dropped_folder_unpacks_into_that_folder(as_ana: Client) -> None:
    job = uploaded(as_ana, zipped({"x/a.jpg": jpeg()}), path="Trip/inner/trip.zip")

    run_items(job)

    assert library() == ["Trip/inner/x/a.jpg"]


def test_photos_beside_a_zip_file_are_taken_at_once(as_ana: Client) -> None:
    response = send(as_ana, ("files", jpeg(), "a.jpg"), ("files", zipped({"b.jpg": jpeg()}), "b.zip"))

    assert [photo["name"] for photo in response.json()["photos"]] == ["a.jpg"]
    assert response.json()["rejected"] == []
    run_items(Job.objects.get(uuid=response.json()["import"]))
    assert library() == ["a.jpg", "b.jpg"]


def busy(*args: Any) -> None:
    raise Busy(NO_TIME)


def test_an_archive_that_the_server_had_no_time_for_is_worth_another_try(
    as_ana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = ("files", zipped({"a.jpg": jpeg()}), "trip.zip")
    with monkeypatch.context() as patched:
        patched.setattr(decoding, "run_in_sandbox", busy)
        refused = send(as_ana, archive).json()["rejected"]

    assert [(one["error"], one["again"]) for one in refused] == [(NO_TIME, True)]
    damaged = send(as_ana, ("files", archive[1][:-30], "trip.zip")).json()["rejected"]
    assert "again" not in damaged[0]
    assert send(as_ana, archive).status_code == 201


def test_a_file_that_the_machine_had_no_time_for_is_tried_again_by_itself(
    as_ana: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = uploaded(as_ana, zipped({"a.jpg": jpeg()}))
    with monkeypatch.context() as patched:
        patched.setattr(decoding, "inspect_file", busy)
        run_items(job)

    item = job.items.get()
    assert (item.status, item.faults, item.attempts.get().error) == ("waiting", 1, NO_TIME)
    job.items.update(not_before=database_now() - timedelta(seconds=1))
    rescue.rescue()
    run_items(job)
    assert (reload(job).status, library()) == ("completed", ["a.jpg"])


def test_what_is_no_picture_fails_with_a_sentence_and_the_rest_goes_on(as_ana: Client) -> None:
    job = uploaded(as_ana, zipped({"a.jpg": b"no picture", "b.txt": b"text", "c.jpg": jpeg(), "d.jpg": b""}))

    run_items(job)

    assert reload(job).status == "completed"
    assert statuses(job) == ["failed", "failed", "succeeded", "failed"]
    assert errors(as_ana, job)["b.txt"].startswith("This is not a picture")
    assert errors(as_ana, job)["d.jpg"] == "The file is empty"


def test_what_is_in_the_library_already_is_told_and_kept_once(as_ana: Client, add: Add) -> None:
    content = jpeg()
    add(content, name="mine.jpg")
    job = uploaded(as_ana, zipped({"a.jpg": content, "b.jpg": content}))

    run_items(job)

    assert statuses(job) == ["succeeded", "succeeded"]
    assert [item.result["duplicate"] for item in job.items.order_by("position")] == [True, True]
    assert library() == ["mine.jpg"]


@pytest.mark.parametrize(
    "path", ["../a.jpg", "x/../../a.jpg", "/etc/a.jpg", "C:\\a.jpg", "C:a.jpg", "\\\\host\\a.jpg", "x\\..\\a.jpg"]
)
def test_a_path_that_leads_out_is_refused_and_nothing_is_written_there(as_ana: Client, path: str) -> None:
    job = uploaded(as_ana, zipped({path: jpeg(), "b.jpg": jpeg()}))

    run_items(job)

    assert statuses(job) == ["failed", "succeeded"]
    assert items(as_ana, job)[0]["error"] == "The path of this file leads out of the archive"
    assert library() == ["b.jpg"]


def test_a_nul_a_link_and_an_endless_path_are_refused(as_ana: Client) -> None:
    link = zipfile.ZipInfo("link.jpg")
    link.external_attr = 0o120777 << 16
    content = zipped({"a.jpgX.exe": jpeg(), link: b"/etc/passwd", "x/" * 600 + "c.jpg": jpeg()})
    job = uploaded(as_ana, content.replace(b"a.jpgX.exe", b"a.jpg\0.exe"))

    run_items(job)

    assert errors(as_ana, job) == {
        "a.jpg.exe": "The path of this file leads out of the archive",
        "link.jpg": "This is a link; links are not followed",
        "c.jpg": "The path of this file is too long",
    }


def test_encrypted_and_oddly_packed_files_get_a_sentence_each(as_ana: Client) -> None:
    content = bytearray(zipped({"locked.jpg": jpeg(), "odd.jpg": jpeg(), "lzma.jpg": jpeg(), "d.jpg": jpeg()}))
    at = [match for match in range(len(content)) if content.startswith(b"PK\x01\x02", match)]
    struct.pack_into("<H", content, at[0] + 8, 1)
    struct.pack_into("<H", content, at[1] + 10, 99)
    struct.pack_into("<H", content, at[2] + 10, zipfile.ZIP_LZMA)
    job = uploaded(as_ana, bytes(content))

    run_items(job)

    assert errors(as_ana, job) == {
        "locked.jpg": "This file of the archive is protected by a password",
        "odd.jpg": "This file of the archive has a compression that cannot be opened",
        "lzma.jpg": "This file of the archive has a compression that cannot be opened",
        "d.jpg": "",
    }


def test_a_file_whose_bytes_were_damaged_fails_alone(as_ana: Client) -> None:
    files = {"a.jpg": jpeg(64, 64), "b.jpg": jpeg(64, 64)}
    content = bytearray(zipped(files))
    content[100] ^= 0xFF
    job = uploaded(as_ana, bytes(content))

    run_items(job)

    assert errors(as_ana, job) == {"a.jpg": "The archive is damaged at this file", "b.jpg": ""}


def test_an_archive_in_an_archive_is_not_opened(as_ana: Client) -> None:
    job = uploaded(as_ana, zipped({"inner.zip": zipped({"a.jpg": jpeg()}), "b.jpg": jpeg()}))

    run_items(job)

    assert errors(as_ana, job) == {"inner.zip": "An archive inside an archive is not opened", "b.jpg": ""}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"PK\x03\x04 and then nonsense", "The archive is damaged and cannot be opened"),
        (zipped({"a.jpg": jpeg()})[:-30], "The archive is damaged and cannot be opened"),
        (zipped({}), "There is no file in the archive"),
        (zipped({"folder/": b""}), "There is no file in the archive"),
    ],
)
def test_an_archive_that_cannot_be_opened_is_refused_at_once(as_ana: Client, content: bytes, sentence: str) -> None:
    response = send(as_ana, ("files", content, "trip.zip"))

    assert response.status_code == 400
    assert response.json()["rejected"] == [{"name": "trip.zip", "error": sentence, "index": 0}]
    assert not Job.objects.exists()
    assert not files_below(storage.root() / "imports")


def test_a_bomb_is_refused_before_anything_is_unpacked(tmp_path: Path) -> None:
    one = zipped({"a.jpg": bytes(60_000_000)}, **DENSE)
    bomb = bytearray(one)
    at = bomb.index(b"PK\x01\x02")
    struct.pack_into("<I", bomb, at + 24, 2_000_000_000)
    path = tmp_path / "bomb.zip"
    path.write_bytes(bomb)
    limits = Limits(UploadLimit(500))

    with pytest.raises(Unreadable, match=r"would unpack to 2\.0 GB, more than 100 times its size"):
        list_members(path, limits)

    path.write_bytes(one)
    assert list_members(path, limits)[0].problem == "This file would unpack to far more than a picture holds"
    assert list_members(path, Limits(UploadLimit(50)))[0].problem == "The file is larger than 50 MB"
    with pytest.raises(Unreadable, match="The archive has 1 files; the limit is 0"):
        list_members(path, Limits(UploadLimit(500), files=0))


def test_files_that_share_their_bytes_are_a_bomb_and_not_unpacked_twice(as_ana: Client) -> None:
    content = bytearray(zipped({"a.jpg": jpeg(), "b.jpg": jpeg()}))
    first, second = [at for at in range(len(content)) if content.startswith(b"PK\x01\x02", at)]
    content[second + 42 : second + 46] = content[first + 42 : first + 46]
    job = uploaded(as_ana, bytes(content))

    run_items(job)

    assert errors(as_ana, job)["b.jpg"] == "The archive is damaged at this file"


def test_names_are_read_as_they_were_meant(as_ana: Client) -> None:
    old = zipped({"XXXXXX.jpg": jpeg(), "YYYYYY.jpg": jpeg()})
    old = old.replace(b"XXXXXX", "été".encode() + b"_").replace(b"YYYYYY", "Ångstr".encode("cp437"))
    job = uploaded(as_ana, old)
    modern = uploaded(as_ana, zipped({"陽光/été.jpg": jpeg()}))

    run_items(job)
    run_items(modern)

    assert set(library()) == {"été_.jpg", "Ångstr.jpg", "陽光/été.jpg"}


def test_what_systems_leave_behind_is_left_out(as_ana: Client) -> None:
    job = uploaded(
        as_ana,
        zipped({"a.jpg": jpeg(), "__MACOSX/._a.jpg": b"x", ".DS_Store": b"x", "x/Thumbs.db": b"x", ".git/a.jpg": b"x"}),
    )

    run_items(job)

    assert [item["name"] for item in items(as_ana, job)] == ["a.jpg"]


def test_a_name_alone_makes_no_archive(as_ana: Client) -> None:
    response = send(as_ana, ("files", jpeg(), "photo.zip"), ("files", zipped({"word/a.xml": b"x"}), "letter.docx"))

    assert [photo["format"] for photo in response.json()["photos"]] == ["jpeg"]
    assert [rejected["name"] for rejected in response.json()["rejected"]] == ["letter.docx"]
    assert "import" not in response.json()


def test_an_archive_may_be_larger_than_a_file(as_ana: Client, settings: Any) -> None:
    settings.STOPBATH_MAX_UPLOAD_MB, settings.STOPBATH_MAX_ARCHIVE_MB = 1, 2
    large = jpeg() + bytes(1_200_000)

    assert send(as_ana, ("files", large, "a.jpg")).status_code == 413
    assert "import" in send(as_ana, ("files", zipped({"a.jpg": large}), "a.zip")).json()
    refused = send(as_ana, ("files", zipped({"a.jpg": large, "b.jpg": large}), "a.zip"))
    assert (refused.status_code, refused.json()["error"]) == (413, "The file is larger than 2 MB")


def test_an_import_that_cannot_fit_is_refused(as_ana: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("photos.library.disk_space.shutil.disk_usage", lambda path: Free)

    response = send(as_ana, ("files", zipped({"a.jpg": jpeg()}), "a.zip"))

    assert response.status_code == 400
    assert response.json()["error"] == "The files need about 0.0 GB, and 0.0 GB are free: make room first."
    assert not files_below(storage.root() / "imports")
    assert not Import.objects.exists()


class Free:
    """A disk without room."""

    free = 0


def test_a_cancel_keeps_what_is_in_and_a_resume_brings_the_rest(as_ana: Client, ana: Any) -> None:
    job = uploaded(as_ana, zipped({f"{number}.jpg": jpeg() for number in range(3)}))
    run_items(job, items=1)

    reload(job).cancel(by=ana, door="api")
    run_items(job)

    assert statuses(job) == ["succeeded", "skipped", "skipped"]
    assert library() == ["0.jpg"]
    reload(job).resume(by=ana, door="api")
    run_items(job)
    assert library() == ["0.jpg", "1.jpg", "2.jpg"]
    assert Photo.objects.values("set").distinct().count() == 1


def test_a_cancel_that_discards_takes_out_what_was_brought_and_nothing_else(
    as_ana: Client, ana: Any, add: Add, django_capture_on_commit_callbacks: Any
) -> None:
    content = jpeg()
    add(content, name="mine.jpg")
    job = uploaded(as_ana, zipped({"a.jpg": content, "b.jpg": jpeg(), "c.jpg": jpeg()}))
    run_items(job, items=2)
    job.kind_object.discard([item.result for item in job.items.all() if item.result])
    assert library() == ["b.jpg", "mine.jpg"]

    reload(job).cancel(by=ana, door="api", discard=True)
    with django_capture_on_commit_callbacks(execute=True):
        rescue.discard(reload(job))

    assert library() == ["mine.jpg"]
    assert reload(job).counts.succeeded == 0


def test_an_archive_is_kept_until_nothing_more_can_come_out_of_it(
    as_ana: Client, ana: Any, django_capture_on_commit_callbacks: Any
) -> None:
    whole = uploaded(as_ana, zipped({"a.jpg": jpeg()}))
    with django_capture_on_commit_callbacks(execute=True):
        run_items(whole)
    assert files_below(storage.root() / "imports") == []
    job = uploaded(as_ana, zipped({"a.jpg": b"x", "b.jpg": jpeg()}))
    with django_capture_on_commit_callbacks(execute=True):
        run_items(job)
    assert len(files_below(storage.root() / "imports")) == 1

    with django_capture_on_commit_callbacks(execute=True):
        assert as_ana.delete(f"/api/jobs/{job.uuid}").status_code == 204
    clear_removed_jobs()

    assert files_below(storage.root() / "imports") == []
    assert set(ImportedFile.objects.values_list("batch__job_uuid", flat=True)) == {whole.uuid}
    assert library() == ["a.jpg", "b.jpg"]


def test_an_import_makes_no_files_and_nobody_submits_one(as_ana: Client) -> None:
    job = uploaded(as_ana, zipped({"a.jpg": jpeg()}))
    run_items(job)

    assert as_ana.get(f"/api/jobs/{job.uuid}/results.zip").status_code == 404
    assert "results.zip" not in as_ana.get(f"/jobs/{job.uuid}").content.decode()
    refused = as_ana.post("/api/jobs", {"kind": "import", "photos": "all"}, content_type="application/json")
    assert refused.status_code == 400
