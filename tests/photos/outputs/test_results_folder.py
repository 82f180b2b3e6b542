"""Results in the folder that the operator allows: which files, under which names, whole and never elsewhere."""

import errno
import json
import os
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from jobs.models.lane import LEASE_SECONDS
from jobs.recovery import rescue
from jobs.stop import Stop
from photos.files import storage
from photos.imaging import atomic_file
from photos.models import Photo
from photos.outputs import results_folder
from tests.jobs.work import reload, run_items, take_turn
from tests.photos.delivered import MANIFEST, list_files, read_manifest, read_outputs, submit_three
from tests.photos.kinds.test_processing import submit_job

pytestmark = pytest.mark.usefixtures("results")

Add = Callable[..., Photo]
TO_PNG = [{"operation": "convert", "options": {"format": "png"}}]


def rename(template: str) -> list[dict[str, Any]]:
    return [{"operation": "rename", "options": {"template": template}}]


# ---------------------------------------------------------------- what is written


def test_results_are_written_with_their_folders_and_a_manifest(as_ana: Client, add: Add, results: Path) -> None:
    add(name="a.jpg", path="Summer/Rome")
    add(name="b.jpg")
    job = submit_job(as_ana, deliver="Berlin/2026", steps=TO_PNG)
    run_items(job)

    folder = results / "Berlin/2026"
    assert list_files(results) == [f"Berlin/2026/{name}" for name in ("Summer/Rome/a.png", "b.png", *MANIFEST)]
    assert [(folder / name).read_bytes() for name in ("Summer/Rome/a.png", "b.png")] == read_outputs(job)
    assert [line["output"] for line in read_manifest(folder)] == ["Summer/Rome/a.png", "b.png"]
    assert json.loads((folder / "manifest.json").read_text())["succeeded"] == 2
    assert [phase.name for phase in reload(job).phase_rows] == ["process", "deliver"]


def test_a_folder_of_its_own_has_the_date_the_title_and_a_part_of_the_id(
    as_ana: Client, add: Add, results: Path
) -> None:
    add(name="a.jpg")
    job = submit_job(as_ana, deliver=True, title="../Élection: night / 2")
    run_items(job)

    (folder,) = results.iterdir()
    assert folder.name == f"{job.created_at:%Y-%m-%d} -Élection- night - 2 {job.uuid.hex[-6:]}"
    assert list_files(folder) == ["a.jpg", *MANIFEST]


def test_a_catalogue_is_written_too(as_ana: Client, add: Add, results: Path) -> None:
    add(name="a.jpg")
    run_items(submit_job(as_ana, deliver="x", steps=[], catalogue=True))

    catalogue = [f"x/catalogue.{extension}" for extension in ("csv", "html", "json", "pdf")]
    assert list_files(results) == [*catalogue, "x/manifest.csv", "x/manifest.json"]


def test_files_can_be_read_by_others_as_the_umask_says(as_ana: Client, add: Add, results: Path) -> None:
    add(name="a.jpg")
    run_items(submit_job(as_ana, deliver="x"))

    assert (results / "x").stat().st_mode & 0o777 == 0o755
    assert (results / "x/a.jpg").stat().st_mode & 0o777 == 0o644


@pytest.mark.parametrize("nothing", [False, None, "absent"])
def test_nothing_is_written_unless_it_is_asked_for(as_ana: Client, add: Add, results: Path, nothing: Any) -> None:
    add()
    job = submit_job(as_ana, deliver=nothing)
    run_items(job)

    assert list_files(results) == []
    assert [phase.name for phase in reload(job).phase_rows] == ["process"]


# ---------------------------------------------------------------- names


def test_names_that_meet_are_numbered_and_nothing_is_written_over(as_ana: Client, add: Add, results: Path) -> None:
    (results / "x").mkdir()
    (results / "x/same.jpg").write_text("somebody's")
    (results / "x/same (3).jpg").symlink_to("/nowhere/at/all")
    (results / "x/manifest.csv").write_text("somebody's")
    for number in range(3):
        add(name=f"{number}.jpg")
    job = submit_job(as_ana, deliver="x", steps=rename("same"))
    run_items(job)

    names = [line["output"] for line in read_manifest(results / "x", "manifest (2).csv")]
    assert names == ["same (2).jpg", "same (4).jpg", "same (5).jpg"]
    assert [(results / "x" / name).read_bytes() for name in names] == read_outputs(job)
    assert (results / "x/same.jpg").read_text() == (results / "x/manifest.csv").read_text() == "somebody's"
    assert (results / "x/same (3).jpg").readlink() == Path("/nowhere/at/all")


@pytest.mark.parametrize("alike", [1, 2, 3, 4, 5, 6, 7, 8, 9, 16, 17, 100])
def test_the_first_free_number_is_found(results: Path, alike: int) -> None:
    for number in range(1, alike):
        (results / results_folder.number_name("a.jpg", number)).touch()

    with results_folder.open_folder(results, []) as folder:
        assert results_folder.find_free_name("a.jpg", folder) == results_folder.number_name("a.jpg", alike)


@pytest.mark.parametrize(
    ("path", "name", "expected"),
    [
        ("../../etc", "passwd.jpg", "x/etc/passwd.jpg"),
        ("/etc", "a.jpg", "x/etc/a.jpg"),
        ("con/.ssh", "..jpg", "x/_con/ssh/unnamed.jpg"),
        ("a\\b", "c:d?.jpg", "x/a/b/c-d-.jpg"),
        ("", "../../a.jpg", "x/-..-a.jpg"),
        ("", "x" * 251 + ".jpg", "x/" + "x" * 251 + ".jpg"),
        ("", "\u202egpj.exe\n.jpg", "x/gpj.exe.jpg"),
    ],
)
def test_hostile_names_lead_nowhere(
    as_ana: Client, add: Add, results: Path, path: str, name: str, expected: str
) -> None:
    photo = add()
    Photo.objects.filter(pk=photo.pk).update(path=path, name=name)
    run_items(submit_job(as_ana, deliver="x"))

    assert list_files(results) == sorted([expected, "x/manifest.csv", "x/manifest.json"])


def test_links_in_the_folder_are_not_followed(as_ana: Client, add: Add, results: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (results / "x").mkdir()
    (results / "x/Summer").symlink_to(elsewhere)
    add(name="a.jpg", path="Summer")
    add(name="b.jpg")
    job = submit_job(as_ana, deliver="x")
    run_items(job)

    assert list_files(elsewhere) == []
    failed = job.items.get(status="failed")
    assert (failed.name, failed.error) == (
        "a.jpg",
        "A link or a file stands where a folder is needed in the folder of results",
    )
    assert sorted(path.name for path in (results / "x").iterdir()) == ["Summer", "b.jpg", *MANIFEST]
    assert len(read_outputs(job)) == len(list(storage.outputs(str(job.uuid)).rglob("*.jpg"))) == 1


def test_where_there_are_no_hard_links_it_is_the_same(
    as_ana: Client, add: Add, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_links(*args: Any, **kwargs: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    for name in "ab":
        add(name=f"{name}.jpg")
    job = submit_job(as_ana, deliver="x", steps=rename("same"))
    run_items(job)

    assert list_files(results / "x") == [*MANIFEST, "same (2).jpg", "same.jpg"]
    assert [(results / "x" / name).read_bytes() for name in ("same.jpg", "same (2).jpg")] == read_outputs(job)


# ---------------------------------------------------------------- crashes


def test_what_a_killed_worker_had_written_is_there_once(as_ana: Client, add: Add, results: Path) -> None:
    job = submit_three(as_ana, add)
    lane = take_turn(job)
    (claimed,) = lane.claim(1)
    phase = lane.phase_now.kind
    phase.do(claimed, phase.prepare(job), Stop())  # and the worker died before it could say so
    assert list_files(results) == ["x/a.jpg"]
    lane.own_row.update(beat_at=lane.beat_at - timedelta(seconds=10 * LEASE_SECONDS))
    rescue.rescue_lanes()
    run_items(reload(job))

    assert list_files(results) == [f"x/{name}" for name in ("a.jpg", "b.jpg", "c.jpg", *MANIFEST)]
    assert [(results / "x" / name).read_bytes() for name in ("a.jpg", "b.jpg", "c.jpg")] == read_outputs(job)


def test_a_copy_that_was_cut_off_leaves_nothing_behind(tmp_path: Path, results: Path) -> None:
    source, note = tmp_path / "source", tmp_path / "notes/1"
    source.write_bytes(b"whole")
    (results / ".cut.part").write_bytes(b"wh")
    results_folder.DeliveryNote("a.jpg", ".cut.part", 5, 0).write(note)

    assert results_folder.deliver(source, "a.jpg", note, lambda: None) == "a.jpg"
    assert list_files(results) == ["a.jpg"]


@pytest.mark.parametrize("is_copied", [False, True])
def test_a_result_that_got_the_name_first_stays_though_its_rival_was_killed(
    tmp_path: Path, results: Path, is_copied: bool
) -> None:
    """Two lanes want the same free name in the same moment, for files of the same size."""
    source, first, rival = tmp_path / "source", tmp_path / "notes/1", tmp_path / "notes/2"
    source.write_bytes(b"alike")
    results_folder.deliver(source, "a.jpg", first, lambda: None)
    note = results_folder.DeliveryNote.read(first)
    assert note is not None
    replace(note, aside=".rival.part", is_copied=is_copied).write(rival)
    if is_copied:
        (results / ".rival.part").write_bytes(b"alike")
        os.utime(results / ".rival.part", (note.time, note.time))

    delivered = results_folder.deliver(source, "a.jpg", rival, lambda: None)

    assert delivered == "a (2).jpg"
    assert sorted(path.name for path in results.iterdir()) == ["a (2).jpg", "a.jpg"]


def test_a_copy_that_fails_to_appear_claims_no_name(
    tmp_path: Path, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, first, rival = tmp_path / "source", tmp_path / "notes/1", tmp_path / "notes/2"
    source.write_bytes(b"alike")

    def fail(*_: Any) -> bool:
        raise OSError(errno.EIO, "away")

    with monkeypatch.context() as patch:
        patch.setattr(results_folder, "publish", fail)
        with pytest.raises(OSError, match="away"):
            results_folder.deliver(source, "a.jpg", rival, lambda: None)
    results_folder.deliver(source, "a.jpg", first, lambda: None)

    assert results_folder.deliver(source, "a.jpg", rival, lambda: None) == "a (2).jpg"
    assert (results / "a.jpg").exists()


def test_a_copy_is_stopped_between_its_pieces_and_nothing_is_seen(
    tmp_path: Path, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Enough(Exception):
        pass

    monkeypatch.setattr(results_folder, "CHUNK_BYTES", 2)
    source, looks = tmp_path / "source", iter([None, None])
    source.write_bytes(b"123456789")

    def check() -> None:
        assert not (results / "a.jpg").exists()
        if next(looks, Enough) is Enough:
            raise Enough

    with pytest.raises(Enough):
        results_folder.deliver(source, "a.jpg", tmp_path / "notes/1", check)
    assert list_files(results) == []


def test_an_attempt_that_lost_its_file_writes_nothing(tmp_path: Path, results: Path) -> None:
    source, note = tmp_path / "source", tmp_path / "notes/1"
    source.write_bytes(b"one")

    def overtaken() -> None:
        results_folder.DeliveryNote("a.jpg", ".other.part", 3, 0).write(note)

    with pytest.raises(results_folder.DeliveryTakenOver):
        results_folder.deliver(source, "a.jpg", note, overtaken)
    assert list_files(results) == []


def test_a_name_that_is_taken_in_the_last_moment_stays_as_it_is(
    tmp_path: Path, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"mine")
    usual = os.link

    def late(*args: Any, **kwargs: Any) -> None:
        if not (results / "a.jpg").exists():
            (results / "a.jpg").write_text("somebody's")
        usual(*args, **kwargs)

    monkeypatch.setattr(os, "link", late)

    assert results_folder.deliver(source, "a.jpg", tmp_path / "notes/1", lambda: None) == "a (2).jpg"
    assert (results / "a.jpg").read_text() == "somebody's"
    assert (results / "a (2).jpg").read_bytes() == b"mine"


@pytest.mark.parametrize(
    ("number", "status", "sentence"),
    [
        (errno.ENOSPC, "failed", "There is no space left in the folder of results"),
        (errno.EACCES, "failed", "The folder of results cannot be written to: Permission denied"),
        (errno.ESTALE, "waiting", ""),
    ],
)
def test_a_folder_that_cannot_be_written_to_is_told(
    as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch, number: int, status: str, sentence: str
) -> None:
    def broken(*args: Any) -> None:
        raise OSError(number, os.strerror(number))

    add()
    monkeypatch.setattr(results_folder, "copy", broken)
    job = submit_job(as_ana, deliver="x")
    run_items(job, items=1)

    item = job.items.get(phase=0)
    assert (item.status, item.error) == (status, sentence)
    assert not list(storage.outputs(str(job.uuid)).rglob("*.jpg"))


def test_an_output_that_fails_on_its_way_to_the_disk_is_not_in_the_folder(
    as_ana: Client, add: Add, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def sync(path: Path) -> None:
        time.sleep(0.3)  # longer than a copy takes
        raise OSError(errno.EDQUOT, os.strerror(errno.EDQUOT))

    add()
    job = submit_job(as_ana, deliver="x", steps=TO_PNG)
    monkeypatch.setattr(atomic_file, "sync", sync)
    run_items(job, items=1)

    assert job.items.get(phase=0).status == "failed"
    assert not list(results.rglob("*.png"))
    assert not list(storage.outputs(str(job.uuid)).rglob("*.png"))


def test_an_output_is_on_the_disk_before_it_is_delivered(
    as_ana: Client, add: Add, results: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    monkeypatch.setattr(atomic_file, "sync", synced.append)
    add()
    job = submit_job(as_ana, deliver="x", steps=TO_PNG)
    run_items(job, items=1)

    assert storage.output(job.items.get(phase=0).result["file"]) in synced


def test_a_worker_without_the_setting_says_so(as_ana: Client, add: Add, settings: Any) -> None:
    add()
    job = submit_job(as_ana, deliver="x")
    settings.STOPBATH_RESULTS = None
    run_items(job)

    assert job.items.get(phase=0).error == (
        "The folder of results cannot be written to: STOPBATH_RESULTS is not set for this worker"
    )
