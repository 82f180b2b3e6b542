"""`manage.py verify`: the storage against the database."""

import io
import json
import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client

from jobs.models import Item, Job
from photos.files import storage as files_storage
from photos.files.incoming import receive
from photos.library import integrity
from photos.library.integrity import Inspection
from photos.library.uploads import Intake
from photos.models import Photo, StoredFile
from photos.tasks import upkeep
from project.accounts.models import User
from tests.jobs.work import reload, run_items
from tests.photos.conftest import send
from tests.photos.kinds.test_processing import submit_job
from tests.photos.pictures import jpeg

Add = Callable[..., Photo]


def verify(*words: str) -> tuple[int, str]:
    """The exit code of the command, and its output."""
    out = io.StringIO()
    try:
        call_command("verify", *words, stdout=out)
    except SystemExit as end:
        return int(str(end.code)), out.getvalue()
    return 0, out.getvalue()


def differences(*words: str) -> list[dict[str, Any]]:
    code, output = verify("--json", *words)
    reported: list[dict[str, Any]] = json.loads(output)["differences"]
    assert code == (3 if reported else 0)
    return reported


def rolled_back(client: Client, monkeypatch: pytest.MonkeyPatch, content: bytes) -> str:
    """Upload these bytes, with a rollback at the end; returns the hash of the original that stays behind."""
    with monkeypatch.context() as patched:
        patched.setattr(Intake, "add", lambda *_: (_ for _ in ()).throw(OSError(5, "Input/output error")))
        assert send(client, ("files", content, "lost.jpg")).status_code == 400
    hashes = {*StoredFile.objects.values_list("sha256", flat=True)}
    (orphan,) = {path.name for path in (files_storage.root() / "originals").rglob("*") if path.is_file()} - hashes
    return orphan


def only_job() -> Job:
    return Job.objects.get()


def result() -> dict[str, Any]:
    fields = Item.objects.get(job=only_job()).result
    assert fields
    return fields


@pytest.fixture
def lost_upload(as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch) -> tuple[bytes, str]:
    """The bytes and the hash of a rolled-back upload, which is older than the newest row."""
    content = jpeg(50, 40)
    sha256 = rolled_back(as_ana, monkeypatch, content)
    add(name="later.jpg")
    return content, sha256


@pytest.fixture
def processed(as_ana: Client, add: Add) -> Job:
    """A library of one photo, with an output of it."""
    add(name="a.jpg")
    job = submit_job(as_ana, steps=[{"operation": "convert", "options": {"format": "png"}}])
    run_items(job)
    return reload(job)


def test_nothing_differs_where_everything_is_in_its_place(processed: Job) -> None:
    assert verify() == (0, "1 originals, 1 thumbnails, 1 outputs: nothing differs\n")
    assert verify("--hashes", "--quarantine")[0] == 0
    code, output = verify("--json")
    assert (code, json.loads(output)) == (
        0, {"differences": [], "checked": {"originals": 1, "thumbnails": 1, "outputs": 1}, "orphans": 0},
    )  # fmt: skip


def lose_original() -> str:
    path = StoredFile.objects.get().path
    path.unlink()
    return integrity.relative_path(path)


def lose_thumbnail() -> str:
    path = files_storage.thumbnail(StoredFile.objects.get().sha256)
    path.unlink()
    return integrity.relative_path(path)


def lose_output() -> str:
    files_storage.output(result()["file"]).unlink()
    return str(result()["file"])


def lengthen_original() -> str:
    return lengthen(StoredFile.objects.get().path)


def lengthen_output() -> str:
    return lengthen(files_storage.output(result()["file"]))


def lengthen(path: Path) -> str:
    path.chmod(0o600)
    path.write_bytes(path.read_bytes() + b"more")
    return integrity.relative_path(path)


def change_original() -> str:
    return change(StoredFile.objects.get().path)


def change_output() -> str:
    return change(files_storage.output(result()["file"]))


def change(path: Path) -> str:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o600)
    path.write_bytes(content)
    return integrity.relative_path(path)


def add_original() -> str:
    return write(files_storage.original("ab" * 32))


def add_thumbnail() -> str:
    return write(files_storage.thumbnail("ab" * 32))


def add_odd_original() -> str:
    return write(files_storage.root() / "originals" / "ab" / "notes.txt")


def add_output() -> str:
    return write(files_storage.outputs(str(only_job().uuid)) / "0" / "1-9-9-9.png")


def add_folder_of_outputs() -> str:
    path = files_storage.outputs(str(uuid4()))
    write(path / "0" / "1.png")
    return integrity.relative_path(path)


def write(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    return integrity.relative_path(path)


@pytest.mark.parametrize(
    ("problem", "spoil"),
    [
        ("row-without-file", lose_original),
        ("row-without-file", lose_thumbnail),
        ("row-without-file", lose_output),
        ("wrong-size", lengthen_original),
        ("wrong-size", lengthen_output),
        ("wrong-hash", change_original),
        ("wrong-hash", change_output),
        ("file-without-row", add_original),
        ("file-without-row", add_thumbnail),
        ("file-without-row", add_odd_original),
        ("file-without-row", add_output),
        ("file-without-row", add_folder_of_outputs),
    ],
)
def test_each_difference_is_told_and_nothing_is_deleted(
    processed: Job, problem: str, spoil: Callable[[], str], storage: Path
) -> None:
    file = spoil()
    before = {path for path in storage.rglob("*") if path.is_file()}

    reported = differences("--hashes")
    code, output = verify("--hashes")

    assert [(each["problem"], each["file"], each["moved_to"]) for each in reported] == [(problem, file, None)]
    assert code == 3
    assert output.startswith(f"{problem}: {file}")
    assert output.rstrip().endswith(": 1 difference")
    assert {path for path in storage.rglob("*") if path.is_file()} == before


def test_bytes_are_read_only_where_that_is_asked_for(processed: Job) -> None:
    change_original()

    assert verify()[0] == 0
    assert verify("--hashes")[0] == 3


def test_outputs_of_a_job_that_is_under_way_are_not_called_lost(as_ana: Client, add: Add) -> None:
    add(name="a.jpg")
    submit_job(as_ana, steps=[{"operation": "convert", "options": {"format": "png"}}])
    add_output()  # not recorded yet

    assert differences() == []


def test_what_a_rolled_back_upload_left_is_told_moved_when_asked_and_comes_back_with_the_same_upload(
    as_ana: Client, lost_upload: tuple[bytes, str]
) -> None:
    content, sha256 = lost_upload
    original, thumbnail = files_storage.original(sha256), files_storage.thumbnail(sha256)

    assert {each["file"] for each in differences()} == {*map(integrity.relative_path, (original, thumbnail))}
    moved = differences("--quarantine")

    assert [each["moved_to"] for each in moved] == [f"orphans/{each['file']}" for each in moved]
    assert files_storage.orphan_path(original).read_bytes() == content
    assert not original.exists()
    assert verify() == (0, "1 originals, 1 thumbnails, 0 outputs: nothing differs\n2 in orphans/\n")

    (photo,) = send(as_ana, ("files", content, "again.jpg")).json()["photos"]

    assert (photo["sha256"], photo["duplicate"]) == (sha256, False)
    assert original.read_bytes() == content
    assert verify("--hashes") == (0, "2 originals, 2 thumbnails, 0 outputs: nothing differs\n")


def test_an_original_that_was_moved_and_has_a_row_again_is_brought_back(as_ana: Client, add: Add) -> None:
    path = add(name="a.jpg").file.path
    files_storage.move(path, files_storage.orphan_path(path))

    (difference,) = differences()
    assert (difference["problem"], difference["note"]) == ("row-without-file", integrity.IN_ORPHANS_NOTE)
    (difference,) = differences("--quarantine")

    assert difference["moved_to"] == integrity.relative_path(path)
    assert path.exists()
    assert verify()[0] == 0


def test_a_file_that_is_uploaded_between_the_look_and_the_move_stays(
    as_ana: Client, lost_upload: tuple[bytes, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    content, sha256 = lost_upload
    recheck = Inspection.recheck_unclaimed

    def upload_and_look(inspection: Inspection, path: Path, hash_to_check: str) -> Any:
        if hash_to_check == sha256:
            assert send(as_ana, ("files", content, "again.jpg")).status_code == 201
        return recheck(inspection, path, hash_to_check)

    monkeypatch.setattr(Inspection, "recheck_unclaimed", upload_and_look)

    assert differences("--quarantine") == []
    assert files_storage.original(sha256).read_bytes() == content


def test_where_an_older_database_was_restored_newer_files_are_told_and_never_moved(as_ana: Client, add: Add) -> None:
    add(name="kept.jpg")
    forgotten = add(name="forgotten.jpg").file
    Photo.objects.filter(file=forgotten)._raw_delete(using="default")
    StoredFile.objects.filter(pk=forgotten.pk)._raw_delete(using="default")

    reported = differences("--quarantine")

    paths = (forgotten.path, files_storage.thumbnail(forgotten.sha256))
    assert {(each["file"], each["note"], each["moved_to"]) for each in reported} == {
        (integrity.relative_path(path), integrity.NEWER_NOTE, None) for path in paths
    }
    assert all(path.exists() for path in paths)


def test_in_an_empty_database_every_file_is_newer(as_ana: Client, add: Add) -> None:
    add(name="a.jpg")
    Photo.objects.all()._raw_delete(using="default")
    StoredFile.objects.all()._raw_delete(using="default")

    assert {each["note"] for each in differences("--quarantine")} == {integrity.NEWER_NOTE}


def test_bytes_that_are_uploaded_onto_an_old_file_are_as_new_as_the_upload(
    as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = jpeg(50, 40)
    sha256 = rolled_back(as_ana, monkeypatch, content)
    add(name="kept.jpg")
    os.utime(files_storage.original(sha256), (0, 0))
    newest = Photo.objects.get().added_at

    send(as_ana, ("files", content, "again.jpg"))

    assert files_storage.original(sha256).stat().st_mtime >= newest.timestamp()


def test_what_rolled_back_uploads_left_is_moved_every_hour_and_the_log_tells_it(
    lost_upload: tuple[bytes, str], caplog: pytest.LogCaptureFixture
) -> None:
    _, sha256 = lost_upload
    write(files_storage.original("cd" * 32))  # newer than the newest row

    upkeep()

    assert not files_storage.original(sha256).exists()
    assert files_storage.orphan_path(files_storage.original(sha256)).exists()
    assert files_storage.original("cd" * 32).exists()
    assert "Moved 2 files that no row knows into orphans/" in caplog.text
    assert "1 files have no row and are left alone" in caplog.text


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("ends_well", [True, False])
def test_a_file_that_is_being_uploaded_just_now_is_no_orphan(
    ana: User, as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch, ends_well: bool
) -> None:
    add(name="a.jpg")
    content = jpeg(50, 40)
    moved_in, being_looked_at = threading.Event(), threading.Event()
    add_photo, lock = Intake.add, integrity.lock_hash

    def add_later(*args: Any) -> Photo:
        photo = add_photo(*args)
        moved_in.set()
        assert being_looked_at.wait(20)
        if not ends_well:
            raise OSError(5, "Input/output error")
        return photo

    def lock_later(sha256: str) -> Any:
        being_looked_at.set()
        return lock(sha256)

    def upload() -> None:
        Intake(ana).take(receive("b.jpg", [content]))
        connection.close()

    monkeypatch.setattr(Intake, "add", add_later)
    monkeypatch.setattr(integrity, "lock_hash", lock_later)
    thread = threading.Thread(target=upload)
    thread.start()
    assert moved_in.wait(20)

    reported = differences("--quarantine")

    thread.join()
    assert bool(reported) is not ends_well
    assert StoredFile.objects.count() == (2 if ends_well else 1)
    assert all(file.path.exists() for file in StoredFile.objects.all())


def test_the_folder_of_the_storage_may_be_missing(db: None, storage: Path) -> None:
    shutil.rmtree(storage)

    assert verify("--hashes")[0] == 0
