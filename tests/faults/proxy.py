"""A way through which processes reach a server, and which can be cut."""

import contextlib
import socket
import struct
import threading

PIECE = 65536


class Proxy:
    """Passes bytes between a port of its own and a server, until it is cut."""

    def __init__(self, port: int) -> None:
        self.target = port
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.lock = threading.Lock()
        self.ends: list[socket.socket] = []
        self.away = False
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self) -> None:
        """Take calls until closed; while the server is away they are dropped."""
        with contextlib.suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                self.connect(near)

    def connect(self, near: socket.socket) -> None:
        """Two threads for a connection, one for each direction."""
        with self.lock:
            if self.away:
                reset(near)
                return
            far = socket.create_connection(("127.0.0.1", self.target))
            self.ends += [near, far]
        for source, sink in ((near, far), (far, near)):
            threading.Thread(target=pass_on, args=(source, sink), daemon=True).start()

    def cut(self, and_stay_away: bool = False) -> None:
        """Break every connection in the middle of whatever it carries."""
        with self.lock:
            self.away = and_stay_away
            for end in self.ends:
                reset(end)
            self.ends.clear()

    def come_back(self) -> None:
        """Let connections through again."""
        self.away = False

    def close(self) -> None:
        """Take no more calls."""
        self.listener.close()
        self.cut(and_stay_away=True)


def pass_on(source: socket.socket, sink: socket.socket) -> None:
    """Whatever comes, until one side ends."""
    with contextlib.suppress(OSError):
        while piece := source.recv(PIECE):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)


def reset(end: socket.socket) -> None:
    """Close as a machine does that has gone down: with an error for the other side."""
    with contextlib.suppress(OSError):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.shutdown(socket.SHUT_RDWR)
    end.close()
