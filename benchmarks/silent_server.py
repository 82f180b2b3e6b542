"""A web server that takes every question and answers none."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


@contextmanager
def silent_server() -> Iterator[str]:
    """Its address; whoever asks is left waiting."""
    held: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0), backlog=100) as listener:
        threading.Thread(target=accept_connections, args=(listener, held), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
        listener.shutdown(socket.SHUT_RDWR)
    for each in held:
        each.close()


def accept_connections(listener: socket.socket, held: list[socket.socket]) -> None:
    """Take connections until the server is gone."""
    with suppress(OSError):
        while True:
            held.append(listener.accept()[0])
