"""What `manage.py process --out` writes: whole files, numbered where a name is taken, and never through a link."""

import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from django.test import Client

from jobs.models import Job
from photos.models import Import, ImportedFile, Photo
from photos.outputs import export
from tests.photos.catalogues import run_catalogue_job
from tests.photos.delivered import list_files, read_outputs

Add = Callable[..., Photo]
CATALOGUE = [f"catalogue.{extension}" for extension in ("csv", "html", "json", "pdf")]


def imported(job: Job, photo: Photo) -> Import:
    batch = Import.objects.create(owner=job.owner, job_uuid=uuid.uuid4())
    ImportedFile.objects.create(batch=batch, name=photo.name, path=photo.path, photo_key=photo.pk)
    return batch


@pytest.fixture
def out(tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    folder.mkdir()
    return folder


@pytest.fixture
def photo(add: Add) -> Photo:
    return add(name="a.jpg", path="Trip/Day 1")


@pytest.fixture
def job(as_ana: Client, photo: Photo) -> Job:
    return run_catalogue_job(as_ana)


def test_outputs_are_written_under_the_paths_of_their_files(photo: Photo, job: Job, out: Path) -> None:
    assert export.write_outputs(job, imported(job, photo), out) == 1

    assert list_files(out) == ["Trip/Day 1/a.jpg"]
    assert [(out / "Trip/Day 1/a.jpg").read_bytes()] == read_outputs(job)


def test_a_second_export_is_numbered_and_leaves_the_first_as_it_is(photo: Photo, job: Job, out: Path) -> None:
    (out / "Trip/Day 1").mkdir(parents=True)
    (out / "Trip/Day 1/a.jpg").write_text("mine")
    for _ in range(2):
        export.write_outputs(job, imported(job, photo), out)
        export.write_catalogue(job, out)

    folder = [f"Trip/Day 1/{name}" for name in ("a (2).jpg", "a (3).jpg", "a.jpg")]
    numbered = [name.replace(".", " (2).") for name in CATALOGUE]
    assert list_files(out) == sorted([*folder, *CATALOGUE, *numbered])
    assert (out / "Trip/Day 1/a.jpg").read_text() == "mine"


def test_an_export_does_not_follow_links_inside_its_folder(photo: Photo, job: Job, out: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (out / "Trip").symlink_to(elsewhere)

    with pytest.raises(NotADirectoryError):
        export.write_outputs(job, imported(job, photo), out)
    assert list_files(elsewhere) == []


def test_the_folder_of_an_export_may_be_a_link_itself(photo: Photo, job: Job, out: Path, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(out)
    export.write_outputs(job, imported(job, photo), link)

    assert list_files(out) == ["Trip/Day 1/a.jpg"]


def test_where_there_are_no_hard_links_an_export_keeps_a_name_taken_meanwhile(
    photo: Photo, job: Job, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = out / "Trip/Day 1/a.jpg"

    def refuse_late(*args: object, **kwargs: object) -> None:
        if not target.exists():
            target.write_text("mine")
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr("os.link", refuse_late)
    export.write_outputs(job, imported(job, photo), out)

    assert target.read_text() == "mine"
    assert list_files(out) == ["Trip/Day 1/a (2).jpg", "Trip/Day 1/a.jpg"]
