"""`manage.py process` on a machine where nothing runs: it brings broker and workers for its own duration."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from project.supervisor.data_folder import PARTS_FILE, process_identity
from project.supervisor.parts import BASE_DIR
from tests.photos.pictures import jpeg
from tests.project.supervisor.test_up import command_line, descendants, own, wait_for

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="looks at processes in /proc"),
]


def test_a_fresh_machine_needs_no_account_and_nothing_stays_behind(tmp_path: Path) -> None:
    data, source, out = tmp_path / "data", tmp_path / "a.jpg", tmp_path / "out"
    data.mkdir()
    source.write_bytes(jpeg())
    command = [sys.executable, "manage.py", "process", source, "--step", "resize:longest_edge=16", "--out", out]

    ended = subprocess.run([*command, "--json"], env=own(data), cwd=BASE_DIR, capture_output=True, text=True)

    assert ended.returncode == 0, ended.stderr
    report = json.loads(ended.stdout)
    assert (report["process"]["owner"], report["process"]["status"], report["written"]) == ("local", "completed", 1)
    assert (out / "a.jpg").exists()
    records = json.loads((data / PARTS_FILE).read_text())
    assert not any(process_identity(int(pid)) for pid in records)


def test_workers_of_its_own_that_are_killed_are_started_again(tmp_path: Path) -> None:
    data, source, out = tmp_path / "data", tmp_path / "in", tmp_path / "out"
    data.mkdir()
    source.mkdir()
    for number in range(6):
        (source / f"{number}.jpg").write_bytes(jpeg(1600, 1600 + number))
    command = [sys.executable, "manage.py", "process", source, "--step", "convert:format=avif", "--out", out, "--json"]

    with subprocess.Popen(command, env=own(data), cwd=BASE_DIR, stdout=subprocess.PIPE) as process:
        try:
            wait_for(lambda: list((data / "media" / "outputs").glob("*/*/*.avif")), 60)
            (crew,) = (pid for pid in descendants(process.pid) if "up --no-web" in command_line(pid))
            os.kill(crew, signal.SIGKILL)
            report = json.loads(process.communicate(timeout=50)[0])
        finally:
            process.kill()

    assert (report["process"]["status"], report["written"]) == ("completed", 6)
