"""The command line of each part: the same ones that docker-compose.yml runs."""

import os
import sys


def worker(processes: int) -> list[str]:
    """A Celery worker with that many processes, for every queue."""
    celery = [sys.executable, "-m", "celery", "-A", "project", "worker"]
    # Gossip and mingle only tell workers of each other, which nothing here needs, and cost a second at the start.
    return [*celery, "-c", str(processes), "-l", "INFO", "--without-gossip", "--without-mingle"]


def beat() -> list[str]:
    """Celery's clock, in which the rescuer runs."""
    return [sys.executable, "-m", "celery", "-A", "project", "beat", "-l", "INFO"]


def web(bind: str) -> list[str]:
    """The web server; project/supervisor/gunicorn.py says how."""
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
    """How many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
