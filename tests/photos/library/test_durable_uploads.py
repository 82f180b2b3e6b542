"""An original is on the disk, under its name, before the database knows of it."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import connection

from photos.files import storage
from photos.files.incoming import receive
from photos.imaging import atomic_file
from photos.library.uploads import Intake
from photos.models import Photo, StoredFile
from project.accounts.models import User
from tests.photos.pictures import jpeg

FORK = """
import os
from photos.files import storage
storage.syncer().submit(int).result()
if not (child := os.fork()):
    storage.syncer().submit(int).result(10)
    os._exit(0)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.mark.django_db(transaction=True)
def test_an_original_is_on_the_disk_before_it_gets_its_name_and_its_row(
    ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    incoming = receive("a.jpg", [jpeg()])
    original, synced = storage.original(incoming.sha256), list[tuple[Path, bool, bool]]()

    def sync(path: Path) -> None:
        synced.append((path, original.exists(), connection.in_atomic_block))

    monkeypatch.setattr(atomic_file, "sync", sync)
    monkeypatch.setattr(storage, "sync", sync)

    Intake(ana).accept(incoming, "")

    # The bytes before the name, and the name while the row is not committed.
    assert synced == [(incoming.path, False, False), (original.parent, True, True)]


@pytest.mark.django_db(transaction=True)
def test_an_original_that_gets_no_name_gets_no_row(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(storage, "keep_original", refuse)
    intake = Intake(ana)

    intake.take(receive("a.jpg", [jpeg()]))

    assert [refused.error for refused in intake.rejected] == ["The file could not be stored: Read-only file system"]
    assert not StoredFile.objects.exists()
    assert not Photo.objects.exists()


def test_a_child_of_a_process_that_has_synced_outputs_syncs_its_own() -> None:
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], check=True, timeout=60)
