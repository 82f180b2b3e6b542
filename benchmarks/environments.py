"""Temporary environments for measuring: a data folder, a Valkey and a database, removed afterwards."""

from __future__ import annotations

import os
import pwd
import secrets
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from project.supervisor.broker import Broker

POSTGRES_VARIABLE = (
    "DATABASE_URL_POSTGRES"  # the address of a PostgreSQL database whose user may create others beside it
)
BROKER_VARIABLE = "BENCHMARK_BROKER"  # set in environments for measuring
CLUSTER_VARIABLE = "BENCHMARK_CLUSTER"  # the folder of a temporary PostgreSQL; empty without one


@contextmanager
def temporary_environment(database: str) -> Iterator[dict[str, str]]:
    """The environment variables for processes that measure on that database."""
    with temporary_folder() as data, database_address(database, data) as (url, cluster):
        (data / "static").mkdir()
        broker = Broker(data)
        broker.start()
        try:
            broker.wait_until_ready()
            yield {
                "STOPBATH_DATA": str(data), "DATABASE_URL": url, "REDIS_URL": "", "DEBUG": "", "VIPS_CONCURRENCY": "1",
                "STOPBATH_STORAGE": "", "C_FORCE_ROOT": "1", BROKER_VARIABLE: broker.address, CLUSTER_VARIABLE: cluster,
            }  # fmt: skip
        finally:
            broker.kill()


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for the sockets and files of the servers."""
    with tempfile.TemporaryDirectory(prefix="stopbath-bench-", ignore_cleanup_errors=True) as name:
        yield Path(name)


@contextmanager
def database_address(database: str, data: Path) -> Iterator[tuple[str, str]]:
    """The address of an empty database (empty text: SQLite in the data folder), and the folder of its cluster."""
    if database == "sqlite":
        yield "", ""
    elif address := os.environ.get(POSTGRES_VARIABLE):
        with temporary_database(address) as url:
            yield url, ""
    else:
        with temporary_postgres() as (url, cluster):
            yield url, str(cluster)


@contextmanager
def temporary_database(address: str) -> Iterator[str]:
    """The address of a new database on the server of `address`, dropped afterwards."""
    name = f"stopbath_bench_{secrets.token_hex(4)}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        try:
            yield urlsplit(address)._replace(path=f"/{name}").geturl()
        finally:
            connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


def explain_missing(database: str) -> str:
    """Why that database cannot be measured here, as a sentence; empty if it can."""
    if database == "sqlite" or os.environ.get(POSTGRES_VARIABLE) or find_postgres_programs():
        return ""
    return f"PostgreSQL was left out: it is not installed here, and {POSTGRES_VARIABLE} is not set."


def find_postgres_programs() -> Path | None:
    """The folder of the programs of the newest installed PostgreSQL; None without one."""
    if initdb := shutil.which("initdb"):
        return Path(initdb).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    return folders[-1] if folders else None


@contextmanager
def temporary_postgres() -> Iterator[tuple[str, Path]]:
    """The address and folder of a PostgreSQL with its default settings, stopped afterwards."""
    programs = find_postgres_programs()
    if programs is None:
        raise RuntimeError(explain_missing("postgresql"))
    with temporary_folder() as base:
        cluster, port = base / "cluster", free_port()
        base.chmod(0o755)
        cluster.mkdir(mode=0o700)
        if os.getuid() == 0:
            shutil.chown(cluster, "postgres", "postgres")
        run_program(programs / "initdb", "-D", cluster, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        run_program(programs / "pg_ctl", "-D", cluster, "-w", "-l", cluster / "log", "-o", settings, "start")
        try:
            yield f"postgres://bench@127.0.0.1:{port}/postgres", cluster
        finally:
            run_program(programs / "pg_ctl", "-D", cluster, "-m", "immediate", "-w", "stop")


def own_cluster() -> Path:
    """The folder of the temporary PostgreSQL; a path that does not exist without one."""
    return Path(os.environ.get(CLUSTER_VARIABLE) or "/nonexistent")


def restart_postgres(cluster: Path) -> None:
    """Start a killed PostgreSQL again with its former options."""
    programs = find_postgres_programs()
    if programs is None:
        raise RuntimeError(explain_missing("postgresql"))
    # pg_ctl would take a killed server that is still a zombie for a running one.
    (cluster / "postmaster.pid").unlink()
    run_program(programs / "pg_ctl", "-D", cluster, "-w", "-l", cluster / "log", "restart")


def run_program(*command: str | Path) -> None:
    """Run a program of PostgreSQL, as another user than root. Raises CalledProcessError."""
    user = pwd.getpwnam("postgres").pw_name if os.getuid() == 0 else None
    # Not captured: the server that pg_ctl starts would keep the pipe open.
    subprocess.run([str(part) for part in command], check=True, cwd="/", user=user, group=user,
                   extra_groups=[] if user else None, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)  # fmt: skip


def free_port() -> int:
    """A port of this machine without a listener."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
