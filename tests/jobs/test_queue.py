"""The way to the broker."""

import subprocess
import sys

FORK = """
import os
from jobs import queue
queue.flush()
if not (child := os.fork()):
    queue.broker_executor().submit(int).result(10)
    os._exit(0)
raise SystemExit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_child_of_a_process_that_has_sent_messages_sends_its_own():
    subprocess.run([sys.executable, "-W", "ignore", "-c", FORK], check=True, timeout=60)
