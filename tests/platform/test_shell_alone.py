"""`manage.py process` on a machine where nothing runs: it brings broker and workers for its own duration."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from project.supervisor.folder import PARTS_FILE, identity
from project.supervisor.parts import BASE_DIR
from tests.photos.pictures import jpeg
from tests.platform.test_up import own

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
    told = json.loads(ended.stdout)
    assert (told["process"]["owner"], told["process"]["status"], told["written"]) == ("local", "completed", 1)
    assert (out / "a.jpg").exists()
    written = json.loads((data / PARTS_FILE).read_text())
    assert not any(identity(int(pid)) for pid in written)
