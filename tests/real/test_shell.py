"""`manage.py import` and `manage.py process`, with real workers and a real Ctrl-C."""

import json
import os
import signal
import threading
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from jobs.models import Job
from photos.models import Photo
from tests.crew import Crew, wait_for
from tests.photos.library.test_importing import zipped
from tests.photos.pictures import jpeg, picture

pytestmark = pytest.mark.real
SMALLER = "resize:longest_edge=16"


def run(*arguments: object) -> tuple[Any, dict[str, Any]]:
    """The code with which a command ends, and what it answers as JSON."""
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command(*map(str, arguments), "--json", stdout=said)
    return ended.value.code, json.loads(said.getvalue())


def files_in(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def folder_of(tmp_path: Path, files: dict[str, bytes]) -> Path:
    folder = tmp_path / "Trip"
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return folder


def press_ctrl_c_when(condition: Callable[[], object]) -> threading.Thread:
    """Sends INT to this process, as a terminal does, once something is so."""

    def watch() -> None:
        from django.db import connection  # noqa: PLC0415 - a connection of this thread

        wait_for(condition, 30)
        connection.close()
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=watch)
    thread.start()
    return thread


def test_a_folder_is_processed_into_another_with_its_paths(crew: Crew, ana: Any, tmp_path: Path) -> None:
    crew.worker()
    same = jpeg()
    folder = folder_of(
        tmp_path, {"Day 1/a.jpg": same, "b.jpg": same, "c.png": picture(".png"), "d.zip": zipped({"x/e.jpg": jpeg()})}
    )
    out = tmp_path / "out"

    code, told = run("process", folder, "--step", SMALLER, "--step", "convert:format=webp", "--catalogue", "--out", out)

    assert code == 0
    assert files_in(out) == [
        "Trip/Day 1/a.webp", "Trip/b.webp", "Trip/c.webp", "Trip/x/e.webp",
        "catalogue.csv", "catalogue.html", "catalogue.json", "catalogue.pdf",
    ]  # fmt: skip
    assert (told["import"]["succeeded"], told["process"]["succeeded"], told["written"]) == (4, 3, 4)
    assert {job.owner for job in Job.objects.all()} == {ana}


def test_nothing_is_overwritten_and_what_failed_is_told(crew: Crew, ana: Any, tmp_path: Path) -> None:
    crew.worker()
    folder = folder_of(tmp_path, {"a.jpg": jpeg(), "a.png": picture(".png"), "notes.txt": b"no picture"})
    out = tmp_path / "out"
    (out / "Trip").mkdir(parents=True)
    (out / "Trip" / "a.jpg").write_text("mine")

    code, told = run("process", folder, "--recipe", "web gallery", "--out", out)

    assert code == 3
    assert files_in(out) == ["Trip/a (2).jpg", "Trip/a (3).jpg", "Trip/a.jpg"]
    assert (out / "Trip" / "a.jpg").read_text() == "mine"
    (failure,) = told["import"]["failures"]
    assert failure["name"] == "notes.txt"
    assert failure["error"].startswith("This is not a picture")


def test_ctrl_c_cancels_the_job_and_what_is_done_is_written(crew: Crew, ana: Any, tmp_path: Path) -> None:
    crew.worker(1)
    folder = folder_of(tmp_path, {f"{number:02}.jpg": jpeg(3000, 2000) for number in range(40)})
    out = tmp_path / "out"
    before = signal.getsignal(signal.SIGINT)
    running = Job.objects.filter(kind="process", phases__succeeded__gte=2)
    pressed = press_ctrl_c_when(running.exists)

    code, told = run("process", folder, "--step", "convert:format=avif", "--out", out)
    pressed.join()

    job = Job.objects.get(kind="process")
    assert code == 130
    assert (job.status, job.cancelled_by, job.settled) == ("cancelled", ana, True)
    assert list(job.events.filter(event="cancel").values_list("door", flat=True)) == ["command"]
    assert 2 <= told["written"] == len(files_in(out)) == job.counts.succeeded < 40
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_during_an_import_keeps_what_is_in(crew: Crew, ana: Any, tmp_path: Path) -> None:
    crew.worker(1)
    folder = folder_of(tmp_path, {f"{number:03}.jpg": jpeg() for number in range(300)})
    pressed = press_ctrl_c_when(Job.objects.filter(phases__succeeded__gte=2).exists)

    code, told = run("import", folder)
    pressed.join()

    assert code == 130
    assert told["import"]["status"] == "cancelled"
    assert Photo.objects.count() == told["import"]["succeeded"] < 300


def test_what_makes_no_sense_is_told_before_anything_starts(db: None, ana: Any, tmp_path: Path) -> None:
    folder, out = folder_of(tmp_path, {"a.jpg": jpeg()}), tmp_path / "out"
    (tmp_path / "bad.zip").write_bytes(b"PK\x03\x04")
    for arguments, sentence in (
        ((folder,), "Choose at least one step"),
        ((folder, "--step", "resise:x=1"), "no operation"),
        ((folder, "--step", "resize:longest_edge=0"), "longest_edge"),
        ((folder, "--recipe", "nonsense"), "There is no recipe 'nonsense'"),
        ((folder, "--step", SMALLER, "--user", "nobody"), "There is no user 'nobody'"),
        ((tmp_path / "absent", "--step", SMALLER), "No such file"),
        ((tmp_path / "bad.zip", "--step", SMALLER), "The archive is damaged"),
    ):
        with pytest.raises(CommandError, match=sentence):
            call_command("process", *map(str, arguments), "--out", str(out))
    assert not Job.objects.exists()
