"""The way to the broker."""

import subprocess
import sys
from contextlib import suppress
from functools import partial

import pytest
from django.db import transaction

from jobs import queue

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


@pytest.mark.django_db(transaction=True)
def test_a_message_is_sent_after_the_commit_and_not_without_one(monkeypatch):
    sent = []
    monkeypatch.setattr(queue, "run_in_broker_thread", lambda call: call())

    with transaction.atomic():
        queue.run_after_commit(partial(sent.append, "committed"))
        assert sent == []
    with suppress(ZeroDivisionError), transaction.atomic():
        queue.run_after_commit(partial(sent.append, "rolled back"))
        raise ZeroDivisionError

    assert sent == ["committed"]
