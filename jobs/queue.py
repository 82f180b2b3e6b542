"""The way to the broker. A message is only a hint: what cannot be sent now, the rescuer sends later."""

import logging
import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache, partial
from typing import Any, NamedTuple

from celery import current_app, group
from django.db import transaction
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

FRESH_QUEUE, LANE_QUEUE, UPKEEP_QUEUE = "fresh", "lanes", "upkeep"
FLUSH_SECONDS = 2.0  # that a process about to end waits for its last messages: the rescuer sends what is lost


class Message(NamedTuple):
    """What a worker is told: take this turn of this lane."""

    lane: int
    turn: int
    task_id: str


@cache
def broker_executor() -> ThreadPoolExecutor:
    """The thread of this process that calls the broker: while that is down a call blocks, and no request may wait."""
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="broker")


# A child has its parent's executor, but not its thread: the child's first message would be waited for for ever.
os.register_at_fork(after_in_child=broker_executor.cache_clear)


def run_after_commit(call: Callable[[], object]) -> None:
    """Run a call to the broker once the transaction has been committed, without waiting for it."""
    transaction.on_commit(partial(run_in_broker_thread, call))


def run_in_broker_thread(call: Callable[[], object]) -> None:
    """Have the broker's thread make a call."""
    broker_executor().submit(try_call, call)


def flush(seconds: float | None = None) -> None:
    """Wait until everything that was put on its way has been tried, or for that long: a process may end then."""
    try:
        broker_executor().submit(int).result(seconds)
    except TimeoutError:
        logger.warning("The broker has not taken the last messages within %s s; the rescuer will see to it.", seconds)


def try_call(call: Callable[[], object]) -> None:
    """Make a call that may fail: the database knows what should happen, so it is only logged."""
    try:
        call()
    except (OperationalError, OSError) as error:
        logger.warning("The broker cannot be reached (%s); the rescuer will see to it.", error)
    except Exception:
        logger.exception("A message could not be sent; the rescuer will see to it.")


def send(messages: Sequence[Message], queue: str) -> None:
    """Send turns of lanes as one Celery group."""
    # Sent by name, so that models never import tasks.
    tasks = [
        current_app.signature("jobs.lane", args=(message.lane, message.turn), task_id=message.task_id, queue=queue)
        for message in messages
    ]
    if tasks:
        group(tasks).apply_async(retry=False)


def send_after_commit(messages: Sequence[Message], queue: str = LANE_QUEUE) -> None:
    """Send turns of lanes once what they are about is in the database."""
    run_after_commit(partial(send, messages, queue))


def revoke_after_commit(task_ids: Sequence[str]) -> None:
    """Tell the workers that happen to be up to drop these messages; the database alone decides."""
    run_after_commit(partial(revoke, list(task_ids)))


def revoke(task_ids: list[str]) -> None:
    """Broadcast a revocation of the group's messages."""
    if task_ids:
        current_app.control.revoke(task_ids)


def discard_after_commit(job_id: int) -> None:
    """Have a worker drop what a cancelled job had made."""
    send_task_after_commit("jobs.discard", job_id)


def finalize_after_commit(job_id: int) -> None:
    """Have a worker do what is left to do about a job that stopped short."""
    send_task_after_commit("jobs.wrap_up", job_id)


def requeue_after_commit(job_id: int) -> None:
    """Have a worker put failed items of a retried job back in line."""
    send_task_after_commit("jobs.requeue", job_id)


def clear_after_commit(job_id: int) -> None:
    """Have a worker delete the files and rows of a removed job."""
    send_task_after_commit("jobs.clear", job_id)


def send_task_after_commit(task: str, *args: Any) -> None:
    """Have a worker do a task that takes no turns."""
    run_after_commit(partial(current_app.send_task, task, args, queue=UPKEEP_QUEUE, retry=False))


def queue_lengths() -> dict[str, int]:
    """How many messages wait in each queue. Raises OperationalError when the broker is away."""
    with broker_channel() as open_channel:
        # Not passive: in Redis an empty queue does not exist, which would be an error.
        return {
            name: int(open_channel.queue_declare(name).message_count)
            for name in (FRESH_QUEUE, LANE_QUEUE, UPKEEP_QUEUE)
        }


@contextmanager
def broker_channel() -> Iterator[Any]:
    """A way to the broker. Raises OperationalError when it is away."""
    with current_app.connection_or_acquire() as connection:
        try:
            connection.ensure_connection(max_retries=1, interval_start=0)
            yield connection.default_channel
        except connection.connection_errors as error:
            raise OperationalError(str(error)) from error
