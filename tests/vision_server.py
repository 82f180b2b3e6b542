"""A fake endpoint of a vision model: it answers, keeps silent or talks nonsense, and records abandoned calls."""

import base64
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

POLL_SECONDS = 0.02  # between two looks at a client that waits
USAGE = {"prompt_tokens": 1000, "completion_tokens": 12}


class Handler(BaseHTTPRequestHandler):
    """Plays the part that the first piece of the path names, such as /quick/v1/chat/completions."""

    protocol_version = "HTTP/1.1"
    server: "VisionServer"

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        mode = self.path.split("/")[1]
        self.server.asked.append((mode, body, dict(self.headers)))
        getattr(self, mode.replace("-", "_"))(body)

    # ------------------------------------------------------------------ answers

    def quick(self, body: Any) -> None:
        self.stream('{"category": "dogs", ', '"confidence": 0.9}')

    def whole(self, body: Any) -> None:
        """Takes no notice of `stream`."""
        message = {"role": "assistant", "content": '{"category": "dogs", "confidence": 0.9}'}
        self.send(200, {"choices": [{"message": message}], "usage": USAGE})

    def wordy(self, body: Any) -> None:
        self.stream('Sure! Here it is:\n```json\n{"category": "Dogs",', ' "confidence": 0.5}\n```\nAnything else?')

    def stranger(self, body: Any) -> None:
        self.stream('{"category": "<script>alert(1)</script>", "confidence": 0.99}')

    def broken(self, body: Any) -> None:
        self.stream('{"category": "do')

    def odd(self, body: Any) -> None:
        self.stream('{"category": ["dogs"], "confidence": "very"}')

    def cut(self, body: Any) -> None:
        """Ends in the middle of the stream."""
        self.send_head("text/event-stream", length=10_000)
        self.wfile.write(b'data: {"choices": [{"delta": {"content": "{"}}]}\n\n')
        self.wfile.flush()
        self.connection.shutdown(socket.SHUT_RDWR)
        self.close_connection = True

    def sorry(self, body: Any) -> None:
        """An error inside a stream that began well."""
        self.send_head("text/event-stream")
        self.wfile.write(b'data: {"error": {"message": "out of memory"}}\n\n')
        self.close_connection = True

    def no_schema(self, body: Any) -> None:
        if body.get("response_format", {}).get("type") == "json_schema":
            return self.send(400, {"error": "response_format is not supported"})
        return self.quick(body)

    def plain(self, body: Any) -> None:
        if "response_format" in body or "stream_options" in body:
            return self.send(422, {"error": "extra fields not permitted"})
        return self.stream("dogs.")

    def busy_once(self, body: Any) -> None:
        if sum(mode == "busy-once" for mode, _, _ in self.server.asked) == 1:
            return self.send(429, {"error": "slow down"}, {"Retry-After": "7"})
        return self.quick(body)

    def down(self, body: Any) -> None:
        self.send(503, {"error": "loading"})

    def forbidden(self, body: Any) -> None:
        self.send(401, {"error": "wrong key"})

    def elsewhere(self, body: Any) -> None:
        self.send(307, {}, {"Location": self.path.replace("elsewhere", "quick")})

    # ------------------------------------------------------------------ no answers

    def silent(self, body: Any) -> None:
        self.wait()

    def slow(self, body: Any) -> None:
        """Begins its stream and says nothing more."""
        self.send_head("text/event-stream")
        self.wait()

    def dripping(self, body: Any) -> None:
        """Says something all the time and comes to no end."""
        self.send_head("text/event-stream")
        self.wait(b": still thinking\n\n")

    def endless(self, body: Any) -> None:
        self.send_head("text/event-stream")
        piece = json.dumps({"choices": [{"delta": {"content": "blah " * 500}}]})
        self.wait(f"data: {piece}\n\n".encode())

    def one_then_silent(self, body: Any) -> None:
        """Answers three, then nobody."""
        if sum(mode == "one-then-silent" for mode, _, _ in self.server.asked) <= 3:
            return self.quick(body)
        return self.wait()

    def wait(self, saying: bytes = b"") -> None:
        """Wait until the client goes away, and record it."""
        while not self.is_client_gone() and not self.server.closing.is_set():
            try:
                self.wfile.write(saying)
                self.wfile.flush()
            except OSError:
                break
            time.sleep(POLL_SECONDS)
        if not self.server.closing.is_set():
            self.server.abandoned.append((self.path.split("/")[1], time.time()))
        self.close_connection = True

    def is_client_gone(self) -> bool:
        """Whether the client has closed its end."""
        try:
            return self.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT) == b""
        except BlockingIOError:
            return False
        except ConnectionError:
            return True

    # ------------------------------------------------------------------ HTTP

    def stream(self, *pieces: str) -> None:
        """An answer in pieces, as such endpoints send it."""
        self.send_head("text/event-stream; charset=utf-8")
        for piece in pieces:
            self.event({"choices": [{"delta": {"content": piece}}]})
        self.event({"choices": [], "usage": USAGE})
        self.wfile.write(b"data: [DONE]\n\n")
        self.close_connection = True

    def event(self, data: Any) -> None:
        self.wfile.write(f"data: {json.dumps(data)}\n\n".encode())

    def send_head(self, kind: str, length: int | None = None) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        if length is None:
            self.send_header("Connection", "close")
        else:
            self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.flush()

    def send(self, status: int, data: Any, headers: Any = None) -> None:
        body = json.dumps(data).encode()
        self.send_response(status)
        for name, value in (
            {"Content-Type": "application/json", "Content-Length": str(len(body))} | (headers or {})
        ).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class VisionServer(ThreadingHTTPServer):
    """Listens on a free port; `asked` holds the calls, `abandoned` the modes whose client went away, with the time."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[tuple[str, Any, dict[str, str]]] = []
        self.abandoned: list[tuple[str, float]] = []
        self.closing = threading.Event()

    def url(self, mode: str) -> str:
        """The address of an endpoint that plays that part."""
        return f"http://127.0.0.1:{self.server_port}/{mode}/v1"

    def wait_for_abandoned(self, within: float) -> list[str]:
        """The modes whose clients went away; waits at most `within` seconds for the first."""
        deadline = time.monotonic() + within
        while not self.abandoned and time.monotonic() < deadline:
            time.sleep(0.01)
        return [mode for mode, _ in self.abandoned]

    def pictures(self) -> list[bytes]:
        """The pictures that were sent."""
        urls = [body["messages"][1]["content"][1]["image_url"]["url"] for _, body, _ in self.asked]
        return [base64.b64decode(url.removeprefix("data:image/jpeg;base64,"), validate=True) for url in urls]


@contextmanager
def run_vision_server() -> Iterator[VisionServer]:
    """A server that runs inside the `with` statement."""
    with VisionServer() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        yield server
        server.closing.set()
        server.shutdown()
        thread.join()
