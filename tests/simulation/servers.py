"""Databases that are thrown away: migrated once, then copied for each process that plays."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tests.faults.postgres import Postgres


class Copies:
    """Gives each process that plays a database of its own."""

    def environment(self, number: int) -> dict[str, str]:
        """The environment in which that process finds its database."""
        raise NotImplementedError


class SQLiteCopies(Copies):
    """Files in a folder of their own for each process."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        migrate({"STOPBATH_DATA": str(folder / "template"), "DATABASE_URL": ""})

    def environment(self, number: int) -> dict[str, str]:
        target = self.folder / str(number)
        shutil.copytree(self.folder / "template", target)
        return {"STOPBATH_DATA": str(target), "DATABASE_URL": ""}


class PostgreSQLCopies(Copies):
    """Databases of one server, each made from the migrated one."""

    def __init__(self, folder: Path, address: str) -> None:
        self.folder, self.address = folder, address
        self.names = [f"stopbath_simulation_{secrets.token_hex(4)}"]
        self.run(f"CREATE DATABASE {self.names[0]}")
        migrate({"STOPBATH_DATA": str(folder / "template"), "DATABASE_URL": self.url(self.names[0])})

    def environment(self, number: int) -> dict[str, str]:
        name = f"{self.names[0]}_{number}"
        self.run(f"CREATE DATABASE {name} TEMPLATE {self.names[0]}")
        self.names.append(name)
        return {"STOPBATH_DATA": str(self.folder / str(number)), "DATABASE_URL": self.url(name)}

    def drop(self) -> None:
        """Delete all of them."""
        for name in self.names:
            self.run(f"DROP DATABASE {name} WITH (FORCE)")

    def url(self, name: str) -> str:
        """The address of a database of the server."""
        return urlsplit(self.address)._replace(path=f"/{name}").geturl()

    def run(self, sql: str) -> None:
        """Run a statement outside of these databases."""
        with psycopg.connect(self.address, autocommit=True) as connection:
            connection.execute(sql.encode())


def migrate(environment: dict[str, str]) -> None:
    """Make the tables."""
    Path(environment["STOPBATH_DATA"]).mkdir()
    command = [sys.executable, "manage.py", "migrate", "--verbosity", "0"]
    subprocess.run(command, check=True, env=os.environ | environment)


@contextmanager
def copies(database: str, folder: Path) -> Iterator[Copies]:
    """Databases of that sort in a `with` block: `sqlite`, `postgresql`, or the address of a PostgreSQL server.

    For `postgresql` a server of our own is started; one whose address is given should have fsync off, to be fast.
    """
    if database == "sqlite":
        yield SQLiteCopies(folder)
    elif database == "postgresql":
        with own_server(folder) as address, copies(address, folder) as found:
            yield found
    else:
        databases = PostgreSQLCopies(folder, database)
        try:
            yield databases
        finally:
            databases.drop()


@contextmanager
def own_server(folder: Path) -> Iterator[str]:
    """The address of a PostgreSQL that ends with the `with` block."""
    cluster = folder / "cluster"
    folder.chmod(0o755)
    cluster.mkdir(mode=0o700)
    server = Postgres(cluster)
    server.start()
    try:
        yield f"postgres://stopbath@127.0.0.1:{server.port}/postgres"
    finally:
        server.crash()
