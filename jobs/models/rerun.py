"""Another run of a job that has ended: `resume` continues with unfinished items, `retry` repeats failed ones.

A retry of many failed items requeues them in batches, in a worker: the job is queued with `retry_pending` until the
last batch, and only then do its lanes start. Each batch is one transaction under the job's lock, so a worker that dies
leaves counters that agree with the items, and the rescuer continues.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet

from jobs import queue, states
from jobs.errors import NotPossible
from jobs.models.item import Attempt, Item
from jobs.models.lane import Lane

if TYPE_CHECKING:
    from jobs.models.job import Job

REQUEUE_BATCH_SIZE = 5000  # failed items in one transaction


def resume(job: Job, by: Any, door: str) -> None:
    """Start a run for the unfinished items. Raises NotPossible. The caller holds the job's lock."""
    check_ended(job, "resumed")
    if not job.has_unfinished_items:
        raise NotPossible("There is nothing left to do.")
    start_run(job, "resume", by, door)


def retry(job: Job, by: Any, door: str, reason: str) -> None:
    """Start a run for the failed items, or for those with this error. Raises NotPossible.

    Requeues up to REQUEUE_BATCH_SIZE items itself, and leaves more to a worker. The caller holds the job's lock.
    """
    check_ended(job, "retried")
    failures = failed_items(job, reason)
    number = failures[: REQUEUE_BATCH_SIZE + 1].count()
    if not number:
        raise NotPossible("There is no failed file to retry.")
    pending = number > REQUEUE_BATCH_SIZE
    if not pending:
        requeue_items(job, failures, job.run + 1)
    start_run(job, "retry", by, door, reason=reason, retrying=True, retry_pending=pending)


def check_ended(job: Job, participle: str) -> None:
    """Raise NotPossible while an item of the job may still run: `participle` completes "it can be …"."""
    if job.status in states.ACTIVE:
        raise NotPossible(f"The job is {job.status}: it can be {participle} when it has ended.")
    if not job.settled:
        raise NotPossible(f"The job is still stopping: it can be {participle} in a moment.")


def failed_items(job: Job, reason: str) -> QuerySet[Item]:
    failures = job.items.filter(status=states.FAILED)
    return failures.filter(error=reason) if reason else failures


def start_run(
    job: Job, verb: str, by: Any, door: str, retrying: bool = False, reason: str = "", retry_pending: bool = False
) -> None:
    """Queue the job as a new run from its first phase. With `retry_pending` the lanes start after the last batch."""
    job.move(
        verb, by=by, door=door, reason=reason, run=job.run + 1, retrying=retrying, phase_number=0, error="",
        ended_at=None, cancelled_at=None, cancelled_by=None, settled_at=None, finish_in_hand=False,
        discard=False, notice=False, wrap_up_at=None, retry_pending=retry_pending,
        retry_reason=reason if retry_pending else "",
    )  # fmt: skip
    job.items.postponed().update(not_before=None, faults=0)
    for phase in job.phase_rows:
        phase.reopen()
    if retry_pending:
        queue.requeue_after_commit(job.pk)
    else:
        start_lanes(job)


def start_lanes(job: Job) -> None:
    Lane.start(job, sum(phase.total - phase.finished for phase in job.phase_rows))


def requeue_batch(job: Job) -> bool:
    """Requeue the next failed items of a pending retry, and start the lanes after the last; True if more may be left.

    The caller holds the job's lock.
    """
    failures = failed_items(job, job.retry_reason).order_by("phase", "position").values_list("pk", flat=True)
    # Evaluated once: each UPDATE changes which items are failed, so a subquery would choose others in each statement.
    batch = list(failures[:REQUEUE_BATCH_SIZE])
    if batch:
        requeue_items(job, job.items.filter(pk__in=batch), job.run)
    if len(batch) == REQUEUE_BATCH_SIZE:
        return True
    job.retry_pending, job.retry_reason = False, ""
    job.save(update_fields=("retry_pending", "retry_reason"))
    start_lanes(job)
    return False


def requeue_items(job: Job, failures: QuerySet[Item], run: int) -> None:
    """Set failed items waiting for this run, and subtract them from the phases' counters."""
    Attempt.archive(failures)  # first: the UPDATE makes them waiting, and the query set empty
    for phase in job.phase_rows:
        number = failures.filter(phase=phase.number).update(
            status=states.WAITING, run=run, crashes=0, faults=0, finish=None
        )
        phase.count(failed=-number)
