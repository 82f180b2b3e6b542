"""Which of Celery's pools a worker may have."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from jobs.worker.watcher import require_process_pool

COMMAND = (sys.executable, "-m", "celery", "-A", "project", "worker", "--pool", "threads")


def test_a_worker_of_threads_is_refused_in_one_sentence(tmp_path, monkeypatch):
    monkeypatch.setenv("STOPBATH_DATA", str(tmp_path))

    result = subprocess.run(COMMAND, capture_output=True, text=True, timeout=60)

    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == "A worker's pool must be prefork or solo, not thread."


@pytest.mark.parametrize("pool", ["prefork", "solo", "project.celery.pool:Pool"])
def test_pools_whose_processes_do_one_file_at_a_time_are_accepted(pool):
    require_process_pool(sender=SimpleNamespace(pool_cls=pool))
