"""Child processes in which the web server decodes uploads: limited in memory and processor time, and expendable.

A child that crashes, hangs or exceeds its limits fails one request with one sentence; the next one gets a new child.
The time that counts is the child's processor time: on a busy machine a good file is only slower.

Written here because bubblewrap, nsjail and containers need rights or kernels that a wheel cannot count on.
"""

import contextlib
import os
import pickle
import queue
import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from photos.imaging.formats import Unreadable
from photos.imaging.formats.errors import OUT_OF_MEMORY

PROJECT_FOLDER = Path(__file__).resolve().parents[2]
CHILD_CODE = "import sys; from photos.imaging.sandbox import serve; serve(int(sys.argv[1]), int(sys.argv[2]))"
# The child needs to find Python and its files; it has no business with keys and passwords.
PASSED_VARIABLES = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "LD_LIBRARY_PATH", "VIRTUAL_ENV")

CRASHED = "The file crashed its decoder"
TOO_SLOW = "The file takes too long to open"
NO_CHILD = "Too many files are being opened at once; try again in a moment"
NO_TIME = "The server is too busy to open the file; try again in a moment"
# Times the processor time that a call may use: so long the caller waits for a child, and again for its answer.
PATIENCE_FACTOR = 6


class Busy(Unreadable):
    """The machine had no child or no time to spare: this says nothing about the file."""


class Child:
    """A child process and its connection."""

    def __init__(self, memory_mb: int) -> None:
        # A socket, not a pipe: its end tells the child that the parent has died, however it died.
        ours, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-c", CHILD_CODE, str(theirs.fileno()), str(memory_mb)],
                pass_fds=[theirs.fileno()],
                env={name: os.environ[name] for name in PASSED_VARIABLES if name in os.environ}
                | {"PYTHONPATH": os.pathsep.join([str(PROJECT_FOLDER), *filter(None, sys.path)])},
                stdin=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C in the terminal is for the parent, which ends its children
            )
        self.line = Connection(ours.detach())
        # A child with an answer that nobody read is not used again: the next caller would read it as its own.
        self.awaits_answer = False

    def call(self, function: Callable[..., Any], args: tuple[Any, ...], seconds: float, patience: float) -> Any:
        """Return the function's result from the child, which may use so many `seconds` of processor time.

        Raises the function's exception, Unreadable if the child dies first, and Busy if no answer comes within
        `patience` seconds.
        """
        call = pickle.dumps((function, args, seconds))
        self.awaits_answer = True
        try:
            self.line.send_bytes(call)
            if not self.line.poll(patience):
                raise Busy(NO_TIME)
            succeeded, value = pickle.loads(self.line.recv_bytes())  # noqa: S301 - see answer
        except (EOFError, OSError) as error:
            raise Unreadable(TOO_SLOW if self.was_ended_by(signal.SIGPROF) else CRASHED) from error
        self.awaits_answer = False
        if succeeded:
            return value
        raise value

    def was_ended_by(self, number: signal.Signals) -> bool:
        """Whether that signal ended the child, whose connection has closed."""
        # The line may close a moment before the process ends; a signal to an ended process changes nothing.
        self.process.kill()
        return self.process.wait() == -number

    def end(self) -> None:
        self.line.close()
        self.process.kill()
        self.process.wait()


class Sandbox:
    """A pool of children, each started when it is first needed; thread-safe."""

    def __init__(self, processes: int = 2, memory_mb: int = 2048, patience: float = PATIENCE_FACTOR) -> None:
        self.memory_mb = memory_mb
        self.patience = patience
        self.slots: queue.LifoQueue[Child | None] = queue.LifoQueue()
        for _ in range(processes):
            self.slots.put(None)

    def run[T](self, function: Callable[..., T], *args: Any, seconds: float = 20) -> T:
        """Call a function of an importable module in a child, with so many seconds of processor time.

        Raises the function's exception, Unreadable if the child dies first, and Busy if the machine has no time.
        """
        patience = seconds * self.patience
        with self.child(patience) as child:
            result: T = child.call(function, args, seconds, patience)
        return result

    @contextlib.contextmanager
    def child(self, patience: float) -> Iterator[Child]:
        """Yield a child for this caller alone; one that owes an answer is replaced afterwards.

        Raises Busy after `patience` seconds.
        """
        try:
            child = self.slots.get(timeout=patience)
        except queue.Empty as error:
            raise Busy(NO_CHILD) from error
        try:
            if child is None or child.process.poll() is not None:
                child = self.replace_child(child)
            yield child
        finally:
            if child is not None and child.awaits_answer:
                child.end()
                child = None
            self.slots.put(child)

    def replace_child(self, child: Child | None) -> Child:
        """A new child; the remains of the old one, which ended by itself, are cleared away."""
        if child is not None:
            child.end()
        return Child(self.memory_mb)

    def close(self) -> None:
        """End all idle children."""
        with contextlib.suppress(queue.Empty):
            while True:
                child = self.slots.get_nowait()
                if child is not None:
                    child.end()


def serve(handle: int, memory_mb: int) -> None:
    """The child's main loop: answer calls until the connection closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGPROF, signal.SIG_DFL)  # ends the process, also in the middle of C code
    limit_bytes = memory_mb * 1024 * 1024
    resource.setrlimit(resource.RLIMIT_DATA, (limit_bytes, limit_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the person's picture
    line = Connection(handle)
    calls: queue.SimpleQueue[bytes] = queue.SimpleQueue()
    threading.Thread(target=forward_calls, args=(line, calls), daemon=True).start()
    while True:
        line.send_bytes(answer_call(calls.get()))


def forward_calls(line: Connection, calls: "queue.SimpleQueue[bytes]") -> None:
    """Queue calls; when the parent dies, exit at once, also in the middle of a picture."""
    while True:
        try:
            calls.put(line.recv_bytes())
        except (EOFError, OSError):
            os._exit(0)


def answer_call(call: bytes) -> bytes:
    """Call the function; return a pickle of (True, result) or (False, exception)."""
    try:
        # Only the parent writes to this line. What decoded files contain never becomes a pickle of their own.
        function, args, seconds = pickle.loads(call)  # noqa: S301
        with limit_cpu_time(seconds):
            return pickle.dumps((True, function(*args)))
    except MemoryError:
        return pickle.dumps((False, Unreadable(OUT_OF_MEMORY)))
    except Exception as error:
        return pickle.dumps((False, make_picklable(error)))


@contextlib.contextmanager
def limit_cpu_time(seconds: float) -> Iterator[None]:
    """Within the block SIGPROF ends this process when it uses more processor time, in seconds."""
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def make_picklable(error: Exception) -> Exception:
    """The exception, or a RuntimeError with its message if it cannot be pickled."""
    try:
        pickle.loads(pickle.dumps(error))  # noqa: S301
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error
