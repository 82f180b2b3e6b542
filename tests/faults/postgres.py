"""A PostgreSQL of a test's own, which it may crash."""

import os
import shutil
import subprocess
from pathlib import Path

from project.supervisor.broker import new_address

OPTIONS = "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off -c max_connections=100"


def binaries() -> Path | None:
    """Where the server's programs are, when this machine has them."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/pg_ctl"), key=lambda path: float(path.parts[-3]))
    on_path = shutil.which("pg_ctl")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


class Postgres:
    """A cluster in a folder, on a port of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.programs = folder, binaries()
        self.port = int(new_address().rpartition(":")[2].removesuffix("/0"))
        if os.getuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        self.run("initdb", "-D", str(folder), "-U", "stopbath", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs, never as root: it refuses that."""
        as_postgres = ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"] if os.getuid() == 0 else []
        said = self.folder.with_suffix(".log")
        with said.open("ab") as log:
            # The server keeps what it inherits open: a pipe would never end.
            subprocess.run(
                [*as_postgres, self.programs / program, *arguments], check=True, stdout=log, stderr=log, cwd="/"
            )

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.run("pg_ctl", "-D", str(self.folder), "-w", "-o", f"-p {self.port} {OPTIONS}", "start")

    def crash(self) -> None:
        """End every process of it at once: the next start recovers from its log."""
        self.run("pg_ctl", "-D", str(self.folder), "-m", "immediate", "-w", "stop")
