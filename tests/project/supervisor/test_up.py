"""`manage.py up`, really started: what it starts, starts again, ends and refuses."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from project.supervisor.data_folder import PARTS_FILE, process_identity

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc"),
]


class Up:
    """`manage.py up` in a data folder of its own, with the embedded broker and SQLite."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.port = free_port()
        self.output = data.with_suffix(".output")
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                command("--port", str(self.port), "--workers", "1"), env=own(self.data), stdout=output, stderr=output
            )
        return self.process

    def health(self) -> tuple[int, dict]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=3) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)
        except OSError:
            return 0, {}

    def wait_until_healthy(self) -> None:
        wait_for(lambda: self.health()[0] == 200 and self.complete(), 60, self.output.read_text)

    def complete(self) -> bool:
        """Whether broker, beat, the worker with its child, and the web server with its two run."""
        return len(self.parts()) == 4 and len(descendants(self.process.pid)) >= 7

    def parts(self) -> dict[str, int]:
        """The parts of the `up`: name → process id."""
        names = {"valkey": "broker", "celery worker": "worker", "beat": "beat", "gunicorn": "web"}
        return {
            name: pid
            for pid in descendants(self.process.pid)
            if parent(pid) == self.process.pid
            for sign, name in names.items()
            if sign in command_line(pid).replace("-A project ", "")
        }

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(15)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Up]:
    """An `up` for all tests of this module: a first start takes seconds."""
    running = Up(tmp_path_factory.mktemp("up") / "data")
    yield running
    if running.process.poll() is None:
        running.end()


@pytest.fixture
def up(shared: Up) -> Up:
    """A healthy `up`."""
    if shared.process.poll() is not None:
        shared.start()
    shared.wait_until_healthy()
    return shared


def own(data: Path, **more: str) -> dict[str, str]:
    """The environment of an `up` with the embedded defaults."""
    unwanted = ("DATABASE_URL", "REDIS_URL", "PORT", "DJANGO_SETTINGS_MODULE")
    inherited = {name: value for name, value in os.environ.items() if name not in unwanted}
    return inherited | {"STOPBATH_DATA": str(data), **more}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "manage.py", "up", *arguments]


def outcome(data: Path, *arguments: str, **more: str) -> tuple[int, str]:
    """Exit code and output of an `up` that cannot start."""
    result = subprocess.run(command(*arguments), env=own(data, **more), capture_output=True, text=True, timeout=30)
    return result.returncode, result.stdout + result.stderr


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_for(condition: Callable[[], object], seconds: float, why: Callable[[], str] = lambda: "") -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"it did not come to be in time: {why()}"
        time.sleep(0.05)


def parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except (FileNotFoundError, ProcessLookupError):
        return 0


def command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text().replace("\0", " ")
    except (FileNotFoundError, ProcessLookupError):
        return ""


def descendants(pid: int) -> list[int]:
    """The ids of all processes below one."""
    everybody = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    children = [other for other in everybody if parent(other) == pid]
    return [one for child in children for one in (child, *descendants(child))]


def alive(pids: list[int]) -> list[str]:
    return [command_line(pid) for pid in pids if process_identity(pid)]


def test_it_starts_everything_says_where_and_stops_within_seconds(up):
    status, facts = up.health()
    wait_for(lambda: "needs this code" in up.output.read_text(), 5)

    assert status == 200
    assert facts == {"status": "ok", "database": True, "broker": True, "workers": 1, "beat": facts["beat"]}
    assert f"http://127.0.0.1:{up.port}/" in up.output.read_text()
    assert (up.data / "first-start-code").read_text() in up.output.read_text()
    assert (up.data / "broker.url").stat().st_mode & 0o777 == 0o600
    assert set(up.parts()) == {"broker", "worker", "beat", "web"}

    started = descendants(up.process.pid)
    before = time.monotonic()
    assert up.end() == 0
    assert time.monotonic() - before < 6
    assert alive(started) == []


def test_nothing_survives_a_kill_and_the_next_start_works(up):
    started = descendants(up.process.pid)
    address = (up.data / "broker.url").read_text()

    up.process.kill()
    up.process.wait()
    wait_for(lambda: not alive(started), 5, lambda: str(alive(started)))

    up.start()
    up.wait_until_healthy()
    assert (up.data / "broker.url").read_text() == address


@pytest.mark.parametrize("name", ["broker", "worker", "web"])
def test_a_part_that_is_killed_is_started_again(up, name):
    before = up.parts()
    children = descendants(before[name])

    os.kill(before[name], signal.SIGKILL)
    wait_for(lambda: up.parts().get(name, before[name]) != before[name], 5)
    up.wait_until_healthy()

    after = up.parts()
    assert {part for part in after if after[part] != before[part]} == {name}
    assert alive(children) == []
    assert f"The {name} was ended by SIGKILL; starting it again at once." in up.output.read_text()


@pytest.mark.parametrize(
    ("name", "file", "sentence"),
    [
        ("worker", f"{PARTS_FILE}.new", "What runs could not be written down in {data}: No space left on device."),
        ("broker", "broker.url.new", "The broker could not be started: No space left on device; trying again."),
    ],
)
def test_a_full_disk_ends_nothing_and_work_goes_on_when_there_is_room(up, name, file, sentence):
    before = up.parts()
    (up.data / file).symlink_to("/dev/full")

    os.kill(before[name], signal.SIGKILL)
    wait_for(lambda: sentence.format(data=up.data) in up.output.read_text(), 5, up.output.read_text)
    (up.data / file).unlink()
    up.wait_until_healthy()

    after = up.parts()
    assert {part for part in after if after[part] != before[part]} == {name}


def test_a_second_one_in_the_same_folder_and_one_on_the_same_port_say_so(up, tmp_path):
    code, output = outcome(up.data, "--port", str(free_port()))
    assert code == 1
    assert output == f"stopbath: Stopbath is already running in {up.data} (process {up.process.pid}).\n"

    code, output = outcome(tmp_path / "other", "--port", str(up.port))
    assert code == 1
    assert output == f"stopbath: Port {up.port} on 127.0.0.1 is in use: choose another one with --port or PORT.\n"

    assert up.health()[0] == 200


def test_parts_that_an_earlier_start_left_are_ended_and_nobody_else(up):
    up.end()
    leftover, stranger = (subprocess.Popen(["sleep", "60"], start_new_session=True) for _ in range(2))
    records = {leftover.pid: process_identity(leftover.pid), stranger.pid: "of an earlier process with that number"}
    (up.data / PARTS_FILE).write_text(json.dumps(records))

    up.start()
    up.wait_until_healthy()

    assert leftover.wait(1) == -signal.SIGTERM
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_what_stands_in_the_way_is_told_in_one_sentence(tmp_path):
    port = str(free_port())
    no_host = outcome(tmp_path, "--port", port, "--host", "192.0.2.1")
    no_database = outcome(tmp_path, "--port", port, DATABASE_URL=f"postgres://nobody@127.0.0.1:{port}/none")

    for code, output in (no_host, no_database):
        assert code == 1
        assert output.count("\n") == 1
    assert no_host[1].startswith(f"stopbath: Nobody can listen on 192.0.2.1, port {port}: ")
    assert no_database[1].startswith("stopbath: The database does not answer: ")


@pytest.mark.parametrize("arguments", [("--port", "http"), ("--workers", "0")])
def test_a_wrong_argument_is_told_by_name(tmp_path, arguments):
    code, output = outcome(tmp_path, *arguments)

    assert code != 0
    assert f"argument {arguments[0]}: '{arguments[1]}' is not a whole number" in output
    assert "Traceback" not in output
