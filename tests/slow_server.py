"""A web server that lets its clients wait, and knows which of them went away before they had their answer."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

POLL_SECONDS = 0.02  # between two looks at a client that waits


class Handler(BaseHTTPRequestHandler):
    """Answers /quick at once, and everything else never to its end."""

    server: "SlowServer"

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path == "/quick":
            self.answer(4)
            self.wfile.write(b"done")
            return
        if self.path != "/silent":
            self.answer(1_000_000)
        while not self.is_client_gone():
            if self.path == "/dripping":
                self.drip()
            time.sleep(POLL_SECONDS)
        self.server.abandoned.append(self.path)
        self.close_connection = True

    def answer(self, length: int) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.end_headers()

    def drip(self) -> None:
        try:
            self.wfile.write(b".")
        except OSError:
            return  # seen as gone a moment later

    def is_client_gone(self) -> bool:
        """Whether the client has closed its end."""
        try:
            return self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class SlowServer(ThreadingHTTPServer):
    """Listens on a free port; `asked` holds the paths of requests, `abandoned` those whose client went away."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.abandoned: list[str] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def wait_for_abandoned(self, within: float) -> list[str]:
        """The paths whose clients went away without an answer; waits at most `within` seconds for the first."""
        deadline = time.monotonic() + within
        while not self.abandoned and time.monotonic() < deadline:
            time.sleep(0.01)
        return self.abandoned


@contextmanager
def run_slow_server() -> Iterator[SlowServer]:
    """A server that runs inside the `with` statement."""
    with SlowServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()
