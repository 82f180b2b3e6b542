"""Bad files may crash, hang or fill a child process; they cost one sentence and nothing else."""

import os
import subprocess
import sys
import textwrap
import threading
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from photos.imaging import pipeline, preview
from photos.imaging.formats import Limits, Unreadable, plain_errors, probe
from photos.imaging.operations import InvalidSteps
from photos.imaging.sandbox import PROJECT_FOLDER, Busy, Sandbox
from tests.photos.imaging import pictures


def crash() -> None:
    os._exit(7)


def hang() -> None:
    time.sleep(60)


def toil() -> None:
    while True:
        pass


def rest(seconds: float) -> str:
    time.sleep(seconds)
    return "rested"


def work(seconds: float) -> int:
    ends_at = time.process_time() + seconds
    while time.process_time() < ends_at:
        pass
    return os.getpid()


def whoami() -> int:
    return os.getpid()


def fill() -> int:
    return len(bytearray(3 * 1024 * 1024 * 1024))


def hold_pixels() -> float:
    with plain_errors():
        return float(pictures.pyvips.Image.black(60_000, 60_000).copy_memory().avg())


def modules() -> list[str]:
    return sorted({name.partition(".")[0] for name in sys.modules})


def secrets() -> list[str]:
    return sorted(os.environ)


class Unsendable(Exception):
    """An exception that cannot be made from its own arguments."""

    def __init__(self, one: str, two: str) -> None:
        super().__init__(one)


def raise_unsendable() -> None:
    raise Unsendable("one", "two")


@pytest.fixture(scope="module")
def sandbox():
    sandbox = Sandbox(processes=2, memory_mb=1024, patience=600)
    yield sandbox
    sandbox.close()


def test_a_child_answers_what_it_is_asked(sandbox, tmp_path):
    path = pictures.save(pictures.corners(), tmp_path / "a")

    assert sandbox.run(probe, path, Limits()).width == 96
    assert sandbox.run(preview.render_preview, path, "jpeg", []).startswith(b"\xff\xd8")
    sandbox.run(pipeline.write_thumbnail, path, tmp_path / "small.jpg")
    assert (tmp_path / "small.jpg").exists()


def test_its_errors_arrive_as_they_are(sandbox, tmp_path):
    (tmp_path / "a").write_bytes(b"no picture")

    with pytest.raises(Unreadable, match="not a picture"):
        sandbox.run(probe, tmp_path / "a", Limits())
    with pytest.raises(InvalidSteps, match="Step 1: there is no operation") as refused:
        sandbox.run(preview.render_preview, tmp_path / "a", "jpeg", [{"operation": "melt"}])
    assert refused.value.fields == {"steps": str(refused.value)}


def test_an_error_that_cannot_travel_arrives_in_words(sandbox):
    with pytest.raises(RuntimeError, match="Unsendable: one"):
        sandbox.run(raise_unsendable)


def test_a_child_is_used_again(sandbox):
    assert sandbox.run(whoami) == sandbox.run(whoami)


@pytest.mark.parametrize(
    ("function", "words"), [(crash, "crashed"), (toil, "takes too long"), (hang, "server is too busy")]
)
def test_a_lost_child_is_replaced(sandbox, monkeypatch, function, words):
    before = sandbox.run(whoami)
    if function is hang:
        monkeypatch.setattr(sandbox, "patience", 1)

    for _ in range(2):
        with pytest.raises(Unreadable, match=words):
            sandbox.run(function, seconds=20 if function is crash else 0.1)

    assert sandbox.run(whoami) != before
    with pytest.raises(ProcessLookupError):
        os.kill(before, 0)


def test_a_good_file_is_not_refused_because_the_machine_is_busy_with_something_else(sandbox):
    """What is limited is the time of the processor: a child that does not get it is waited for."""
    assert [sandbox.run(rest, 0.3, seconds=0.1) for _ in range(2)] == ["rested", "rested"]


def test_the_time_of_one_file_is_not_counted_for_the_next(sandbox):
    children = {sandbox.run(work, 0.06, seconds=0.1) for _ in range(3)}

    assert len(children) == 1


def test_why_a_child_gave_no_answer_is_told_apart(sandbox, monkeypatch):
    """A machine that is busy says nothing about the file, a file that is too much work does."""
    with pytest.raises(Unreadable) as refused:
        sandbox.run(toil, seconds=0.05)
    monkeypatch.setattr(sandbox, "patience", 1)
    with pytest.raises(Busy):
        sandbox.run(hang, seconds=0.05)

    assert not isinstance(refused.value, Busy)


@pytest.mark.parametrize("function", [fill, hold_pixels])
def test_memory_has_a_ceiling(sandbox, function):
    with pytest.raises(Unreadable, match=r"memory|crashed"):
        sandbox.run(function)

    assert sandbox.run(whoami) > 0


def test_a_child_knows_neither_django_nor_keys(sandbox, monkeypatch):
    assert "django" not in sandbox.run(modules)
    monkeypatch.setenv("SECRET_KEY", "s")
    fresh = Sandbox(processes=1)
    assert "SECRET_KEY" not in fresh.run(secrets)
    fresh.close()


def test_an_answer_that_nobody_took_is_never_taken_for_another_s(sandbox, monkeypatch):
    class Interrupted(BaseException):
        pass

    def interrupt(self, size=-1):
        raise Interrupted

    monkeypatch.setattr(Connection, "recv_bytes", interrupt)
    with pytest.raises(Interrupted):
        sandbox.run(whoami)
    monkeypatch.undo()

    assert sandbox.run(secrets) == sorted(sandbox.run(secrets))


def test_many_threads_share_the_children(sandbox, tmp_path):
    path = pictures.save(pictures.corners(), tmp_path / "a")
    widths = []
    threads = [
        threading.Thread(target=lambda: widths.append(sandbox.run(probe, path, Limits()).width)) for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert widths == [96] * 12


def test_who_waits_too_long_for_a_child_is_told():
    sandbox = Sandbox(processes=1)
    sandbox.run(whoami)

    with sandbox.child(1), pytest.raises(Busy, match="Too many files"):
        sandbox.run(whoami, seconds=0.01)
    sandbox.close()


def test_children_end_when_their_parent_is_killed():
    program = """
        import sys, threading, time
        from photos.imaging.sandbox import Sandbox
        from tests.photos.imaging.test_sandbox import hang, whoami
        sandbox = Sandbox(processes=2)
        print(sandbox.run(whoami), flush=True)
        threading.Thread(target=sandbox.run, args=(hang,), kwargs={"seconds": 60}).start()
        time.sleep(0.3)
        print(sandbox.run(whoami), flush=True)
        time.sleep(60)
    """
    parent = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(program)], cwd=PROJECT_FOLDER, stdout=subprocess.PIPE
    )
    with parent:
        children = [int(parent.stdout.readline()) for _ in range(2)]
        assert len(set(children)) == 2
        parent.kill()

    deadline = time.monotonic() + 10
    while any(map(is_alive, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(is_alive, children))


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that only waits to be buried does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False
