"""A plugin loaded before the settings are read: each run of the tests has a data folder of its own."""

import os
import secrets
import shutil
import socket
import tempfile
from pathlib import Path

import pytest
from django.conf import settings

DATA = Path(tempfile.mkdtemp(prefix="stopbath-test-"))

os.environ["STOPBATH_DATA"] = str(DATA)
for library in ("VIPS_CONCURRENCY", "OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "OMP_THREAD_LIMIT"):
    os.environ.setdefault(library, "1")
# A broker that a test may start: its address must be known before the settings are read.
with socket.create_server(("127.0.0.1", 0)) as free:
    (DATA / "broker.url").write_text(f"redis://:{secrets.token_urlsafe(24)}@127.0.0.1:{free.getsockname()[1]}/0")
# WhiteNoise warns when there is no folder of collected files.
(DATA / "static").mkdir()


def pytest_configure(config: pytest.Config) -> None:
    """Pages link static files by their plain names, for nothing has been collected; and tests take their time."""
    settings.STOPBATH_MAX_IDLE_SECONDS = 600  # a test may be one long transaction
    settings.STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"


def pytest_unconfigure(config: pytest.Config) -> None:
    """Leave nothing behind."""
    if not os.environ.get("STOPBATH_KEEP_TEST_DATA"):
        shutil.rmtree(DATA, ignore_errors=True)
