"""Parts, their end with the parent, and the embedded broker."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from contextlib import suppress
from pathlib import Path

import pytest

from project.supervisor.broker import Broker
from project.supervisor.data_folder import process_identity
from project.supervisor.parts import BASE_DIR, MAX_LOG_BYTES, Part
from project.supervisor.up import print_line, trim_log

pytestmark = pytest.mark.real
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no disk that is always full")


@pytest.fixture
def broker(tmp_path):
    """A Valkey for one test."""
    part = Broker(tmp_path)
    yield part
    part.kill()


def started(broker):
    broker.start()
    broker.wait_until_ready()
    return broker


def test_the_broker_keeps_its_address_and_tells_its_owner_alone(broker, tmp_path):
    address = started(broker).address

    broker.kill()

    assert started(broker).address == address
    for name in ("broker.url", "broker/valkey.conf"):
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert address.split(":")[2].split("@")[0] not in subprocess.check_output(["ps", "ax", "-o", "args"], text=True)


def test_a_broker_whose_messages_cannot_be_read_begins_without_them(broker, tmp_path):
    started(broker).stop()
    for file in (tmp_path / "broker" / "appendonlydir").iterdir():
        file.write_bytes(b"nonsense\n" * 100)

    started(broker)

    assert len(list((tmp_path / "broker").glob("unreadable-*"))) == 1


def test_a_part_that_does_not_listen_is_killed_in_the_end(tmp_path):
    deaf = Part("deaf", [sys.executable, "-c", DEAF], tmp_path)
    deaf.start()
    while "ready" not in deaf.log.read_text():
        time.sleep(0.02)

    deaf.stop(patience=0.2)

    assert not deaf.is_running()
    assert deaf.describe_end() == "was ended by SIGKILL"


DEAF = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)"


def test_a_log_that_has_grown_too_large_is_moved_aside(tmp_path):
    part = Part("talker", ["true"], tmp_path)
    part.log.parent.mkdir()
    part.log.write_bytes(b"x" * (MAX_LOG_BYTES + 1))

    part.trim_log()

    assert part.log.stat().st_size == 0
    assert part.log.with_suffix(".log.1").stat().st_size == MAX_LOG_BYTES + 1


@needs_full
def test_a_log_for_which_the_disk_has_no_room_is_emptied_all_the_same(tmp_path, capsys):
    part = Part("talker", ["true"], tmp_path)
    part.log.parent.mkdir()
    part.log.write_bytes(b"x" * (MAX_LOG_BYTES + 1))
    part.log.with_suffix(".log.1").symlink_to(FULL)

    trim_log(part)

    assert part.log.stat().st_size == 0
    assert capsys.readouterr().out == "The log of the talker could not be moved aside: No space left on device.\n"


@needs_full
def test_what_is_said_to_a_full_disk_is_lost_and_nothing_else(monkeypatch):
    with FULL.open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)

        print_line("The worker was ended by SIGKILL.")

        monkeypatch.undo()
        with suppress(OSError):  # what could not be said is still on its way
            full.close()


def test_a_watcher_ends_a_part_with_its_parent_where_the_system_cannot(tmp_path):
    """The way of macOS: a watcher kills the whole group once its parent has ended."""
    watcher = textwrap.dedent("""
        import os, sys
        from project.supervisor.die_with_parent import watch
        os.setsid()
        watch(os.getppid(), [sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(60)"])
    """)
    parent = subprocess.Popen(
        [sys.executable, "-c", f"import subprocess, sys; subprocess.run([sys.executable, '-c', {watcher!r}])"],
        cwd=BASE_DIR,
        stdout=subprocess.PIPE,
    )
    with parent:
        child = int(parent.stdout.readline())
        os.kill(parent.pid, signal.SIGKILL)

    deadline = time.monotonic() + 5
    while process_identity(child) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not process_identity(child)
