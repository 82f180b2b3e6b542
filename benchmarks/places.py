"""Where measuring takes place: a data folder, a Valkey and a database of its own, gone afterwards."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from project.supervisor.broker import Broker

GIVEN = "DATABASE_URL_POSTGRES"  # the address of an empty PostgreSQL database to fill
PLACE = "BENCHMARK_BROKER"  # set where measuring may take place


@contextmanager
def place(database: str) -> Iterator[dict[str, str]]:
    """The environment for processes that measure on that database."""
    with folder() as data, address(database, data) as url:
        (data / "static").mkdir()
        broker = Broker(data)
        broker.start()
        try:
            broker.wait_until_ready()
            yield {
                "STOPBATH_DATA": str(data), "DATABASE_URL": url, "REDIS_URL": "", "DEBUG": "", "VIPS_CONCURRENCY": "1",
                "STOPBATH_STORAGE": "", "C_FORCE_ROOT": "1", PLACE: broker.address,
            }  # fmt: skip
        finally:
            broker.kill()


@contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder, with room for the sockets and files of several servers."""
    with tempfile.TemporaryDirectory(prefix="stopbath-bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextmanager
def address(database: str, data: Path) -> Iterator[str]:
    """The address of an empty database; an empty text stands for SQLite in the data folder."""
    if database == "sqlite":
        yield ""
    elif given := os.environ.get(GIVEN):
        yield given
    else:
        with own_postgres() as url:
            yield url


def missing(database: str) -> str:
    """Why that database cannot be measured on here, in a sentence; empty when it can."""
    if database == "sqlite" or os.environ.get(GIVEN) or postgres_programs():
        return ""
    return f"PostgreSQL was left out: it is not installed here, and {GIVEN} is not set."


def postgres_programs() -> Path | None:
    """The folder of the newest PostgreSQL of this machine."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    return debian[-1] if debian else None


@contextmanager
def own_postgres() -> Iterator[str]:
    """A PostgreSQL with its own defaults (every commit synced to the disk), ended afterwards."""
    programs = postgres_programs()
    if programs is None:
        raise RuntimeError(missing("postgresql"))
    with folder() as base:
        cluster, port = base / "cluster", free_port()
        base.chmod(0o755)
        cluster.mkdir(mode=0o700)
        if os.getuid() == 0:
            shutil.chown(cluster, "postgres", "postgres")
        run(programs / "initdb", "-D", cluster, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        run(programs / "pg_ctl", "-D", cluster, "-w", "-l", cluster / "log", "-o", settings, "start")
        try:
            yield f"postgres://bench@127.0.0.1:{port}/postgres"
        finally:
            run(programs / "pg_ctl", "-D", cluster, "-m", "immediate", "-w", "stop")


def run(*command: str | Path) -> None:
    """Run a program of PostgreSQL, which refuses to be run by root. Raises CalledProcessError."""
    user = pwd.getpwnam("postgres").pw_name if os.getuid() == 0 else None
    # Not captured: the server that pg_ctl leaves behind would keep the pipe open.
    subprocess.run([str(part) for part in command], check=True, cwd="/", user=user, group=user,
                   extra_groups=[] if user else None, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # fmt: skip


def free_port() -> int:
    """A port of this machine that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
