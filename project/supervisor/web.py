"""The socket of the web server: opened by the supervisor, so that no client is refused while the server restarts."""

import errno
import socket
import time
import urllib.error
import urllib.request
from pathlib import Path

from project.supervisor import commands
from project.supervisor.parts import CannotStart, Part


def listen(host: str, port: int) -> socket.socket:
    """A listening socket. Raises CannotStart with a reason and a hint."""
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise CannotStart(explain_listen_error(host, port, error)) from error


def explain_listen_error(host: str, port: int, error: OSError) -> str:
    """The reason and a hint for a failed `listen`, in one sentence."""
    if error.errno == errno.EADDRINUSE:
        return f"Port {port} on {host} is in use: choose another one with --port or PORT."
    if error.errno == errno.EACCES:
        return f"Port {port} needs more rights than this user has: choose one above 1023 with --port or PORT."
    return f"Nobody can listen on {host}, port {port}: {error.strerror or error}."


def web_part(data: Path, listener: socket.socket) -> Part:
    """The web server as a part that inherits the listening socket."""
    handle = listener.fileno()
    return Part("web", commands.web(f"fd://{handle}"), data, keep_open=[handle])


def browser_address(host: str, port: int) -> str:
    """The address to open in a browser on this machine."""
    name = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{name}:{port}/"


def wait_until_answering(address: str, seconds: float = 60) -> bool:
    """Whether the web server gives any answer, errors included, within `seconds`."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(f"{address}healthz", timeout=5).close()
        except urllib.error.HTTPError:
            return True
        except OSError:
            time.sleep(0.1)
        else:
            return True
    return False
