"""The command lines of the parts; docker-compose.yml runs the same ones."""

import os
import sys


def worker(processes: int) -> list[str]:
    """A Celery worker with that many processes, for every queue."""
    celery = [sys.executable, "-m", "celery", "-A", "project", "worker"]
    # Gossip and mingle exchange facts between workers, which nothing here needs, and delay the start by a second.
    return [*celery, "-c", str(processes), "-l", "INFO", "--without-gossip", "--without-mingle"]


def beat() -> list[str]:
    """Celery's scheduler, in which the rescuer runs."""
    return [sys.executable, "-m", "celery", "-A", "project", "beat", "-l", "INFO"]


def web(bind: str) -> list[str]:
    """The web server, configured by project/supervisor/gunicorn.py; `bind` as gunicorn takes it."""
    return [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "python:project.supervisor.gunicorn",
        "--bind",
        bind,
        "project.wsgi",
    ]


def processor_count() -> int:
    """The number of processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
