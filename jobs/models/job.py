"""A job and its verbs: each locks the row, decides, writes and records an event."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from functools import partial
from typing import Any, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from uuid_utils.compat import uuid7

from jobs import queue, states
from jobs.clock import database_now
from jobs.errors import MAX_ERROR_CHARACTERS, NotPossible
from jobs.kinds import MAX_TITLE_CHARACTERS, Kind, Submission, get_kind
from jobs.models import rerun
from jobs.models.clearing import clear_items
from jobs.models.counter import Tally
from jobs.models.counts import Counts, percent_of
from jobs.models.event import Event
from jobs.models.item import Attempt
from jobs.models.lane import Lane
from jobs.models.managers import JobManager
from jobs.models.phase import JobPhase
from jobs.wording import cancel_error, cancel_reason, no_success_error

FINALIZE_INTERVAL = timedelta(seconds=30)  # until the rescuer sends the message again: it may have been lost


class Job(models.Model):
    """One batch of files: the selection, the options and the progress."""

    uuid = models.UUIDField(default=uuid7, unique=True, editable=False)
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=MAX_TITLE_CHARACTERS)
    spec = models.JSONField(default=dict)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="jobs")
    status = models.CharField(
        max_length=10, default=states.QUEUED, choices=[(s, s.capitalize()) for s in states.JOB_STATUSES]
    )
    run = models.PositiveIntegerField(default=1)
    retrying = models.BooleanField(default=False)  # this run processes only the items that a retry requeued
    retry_pending = models.BooleanField(default=False)  # failed items are being requeued; no lane has started
    retry_reason = models.CharField(max_length=MAX_ERROR_CHARACTERS, blank=True)  # only items with this error; or all
    phase_number = models.PositiveSmallIntegerField(default=0)
    finished = models.BigIntegerField(default=0)  # finish numbers given so far
    error = models.CharField(max_length=MAX_ERROR_CHARACTERS, blank=True)
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    cancelled_at = models.DateTimeField(null=True)
    settled_at = models.DateTimeField(null=True)
    cancelled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="cancelled_jobs"
    )
    finish_in_hand = models.BooleanField(default=False)  # option of the cancel: let running items finish
    discard = models.BooleanField(default=False)  # option of the cancel: delete the outputs
    notice = models.BooleanField(default=False)  # "Job was cancelled" has not been dismissed yet

    wrap_up_at = models.DateTimeField(null=True)  # when the message to finalize the job is sent again
    removed = models.BooleanField(default=False)  # hidden; a worker deletes its files and rows in batches

    objects = JobManager()
    everything = models.Manager["Job"]()

    class Meta:
        ordering = ("-id",)
        indexes = (
            models.Index(fields=("owner", "-id"), name="jobs_of_owner"),
            models.Index(fields=("status",), name="active_jobs", condition=Q(status__in=states.ACTIVE)),
            models.Index(fields=("id",), name="removed_jobs", condition=Q(removed=True)),
            models.Index(fields=("wrap_up_at",), name="jobs_to_wrap_up", condition=Q(wrap_up_at__isnull=False)),
            models.Index(fields=("id",), name="unsettled_jobs", condition=Q(status=states.CANCELLED, settled_at=None)),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("job", args=[self.uuid])

    # ---------------------------------------------------------------- what it is

    @property
    def kind_object(self) -> Kind:
        """The job's kind; a PlaceholderKind if this version has none of that name."""
        return get_kind(self.kind)

    @property
    def settled(self) -> bool:
        """False only while a cancelled job has running items, or outputs to discard."""
        return self.status != states.CANCELLED or self.settled_at is not None

    @property
    def is_discarding(self) -> bool:
        """Whether the outputs of the cancelled job are still being discarded."""
        return self.discard and not self.settled

    @property
    def active(self) -> bool:
        """Whether the job is queued, running or not settled: its progress may still change without a verb."""
        return self.status in states.ACTIVE or not self.settled

    @property
    def phase_rows(self) -> list[JobPhase]:
        """The phases in order. Raises DoesNotExist if there are none, which means that the job was deleted."""
        phases = sorted(self.phases.all(), key=lambda phase: phase.number)
        if not phases:
            raise type(self).DoesNotExist(f"Job {self.uuid} was deleted.")
        return phases

    @property
    def current_phase(self) -> JobPhase:
        """The phase that the job is in, or was in when it ended."""
        return self.phase_rows[self.phase_number]

    @property
    def counts(self) -> Counts:
        """The job's files, counted by its first phase."""
        in_flight = getattr(self, "in_flight_now", None)
        if in_flight is None:
            in_flight = self.items.running().count()
        return Counts.of(self.phase_rows[0], in_flight, over=self.status in states.ENDED)

    @property
    def percent(self) -> float:
        """The progress over all phases, 0 to 100 with one decimal."""
        if self.status == states.COMPLETED:
            return 100.0
        phases = self.phase_rows
        if self.retry_pending:  # as if all failed items were requeued: else the percentage would fall with each batch
            phases = [phase.without_failures for phase in phases]
        return percent_of(phases, self.phase_number)

    @property
    def stop_time(self) -> timedelta | None:
        """The time from the cancel until the job settled; None without both."""
        return self.settled_at - self.cancelled_at if self.settled_at and self.cancelled_at else None

    # ---------------------------------------------------------------- what can be done with it

    @property
    def can_cancel(self) -> bool:
        """Whether the job is queued or running."""
        return self.status in states.ACTIVE

    @property
    def can_resume(self) -> bool:
        """Whether the job has ended and settled with unfinished items."""
        return self.status in states.ENDED and self.settled and self.has_unfinished_items

    @property
    def can_retry(self) -> bool:
        """Whether the job has ended and settled with failed items."""
        return self.status in states.ENDED and self.settled and any(phase.failed for phase in self.phase_rows)

    @property
    def can_delete(self) -> bool:
        """Whether the job has ended and settled."""
        return self.status in states.ENDED and self.settled

    @property
    def has_unfinished_items(self) -> bool:
        """Whether a phase has unfinished items, or has not ended although the first phase gives it items."""
        phases = self.phase_rows
        unreached = any(phase.status != states.DONE for phase in phases) and phases[0].succeeded > 0
        return unreached or any(phase.finished < phase.total for phase in phases)

    # ---------------------------------------------------------------- moves

    @contextmanager
    def locked(self) -> Iterator[Self]:
        """The job and its phases, read anew, with the job's row locked until the end of the `with` block.

        Lock order: the job's row before rows of its phases, lanes and items. Raises DoesNotExist.
        """
        with transaction.atomic():
            job = type(self).objects.select_for_update().prefetch_related("phases").get(pk=self.pk)
            if "spec" not in self.get_deferred_fields():  # never changes, and is large: not read again at each claim
                job.spec = self.spec
            yield job

    def move(self, verb: str, *, by: Any = None, door: str, reason: str = "", **facts: Any) -> None:
        """Make a move of `states.MOVES`, set the fields in `facts`, and record the event.

        Raises NotPossible if the job is in none of the move's source statuses. The caller holds the job's lock.
        """
        move = states.MOVES[verb]
        before = self.status
        # Guarded by the database's status, not this object's, which may be stale.
        rows = type(self).objects.filter(pk=self.pk, status__in=move.sources).update(status=move.target, **facts)
        if not rows:
            raise NotPossible(f"A job that is {before} cannot be {move.participle}.")
        for name, value in {"status": move.target, **facts}.items():
            setattr(self, name, value)
        Event.record(self, verb, by=by, door=door, reason=reason, before=before)
        if move.target in states.ENDED:  # workers drop the messages of ended lanes
            self.lanes.filter(run=self.run).update(ended=True)

    @classmethod
    def submit(cls, kind: str, submission: Submission, owner: Any, door: str) -> Self:
        """Create a job and send its lanes after the commit. Plans no item, so the number of files costs no time."""
        title = submission.title[:MAX_TITLE_CHARACTERS]
        with transaction.atomic():
            job = cls.objects.create(
                kind=kind, title=title, spec=submission.spec, owner=owner, created_at=database_now()
            )
            JobPhase.objects.bulk_create(
                JobPhase(job=job, number=number, name=name, total=0 if number else submission.total)
                for number, name in enumerate(submission.phases)
            )
            Event.record(job, "submit", by=owner, door=door, before="")
            Lane.start(job, submission.total)
        return job

    def open(self) -> None:
        """Start the job and its current phase. The caller holds the job's lock."""
        self.move("start", door="worker", started_at=self.started_at or database_now())
        self.current_phase.begin()

    def advance(self) -> bool:
        """Close the current phase and begin the next; False if there is none and the job has ended.

        The caller holds the job's lock and has seen that nothing waits or runs in this phase.
        """
        phases = self.phase_rows
        phases[self.phase_number].close()
        if not phases[0].succeeded:
            self.fail(no_success_error(phases[0].total))
            return False
        if self.phase_number + 1 == len(phases):
            self.move("finish", door="worker", ended_at=database_now())
            transaction.on_commit(partial(self.kind_object.clean_up, str(self.uuid)))
            return False
        self.phase_number += 1
        self.save(update_fields=("phase_number",))
        self.current_phase.begin()
        Event.record(self, "phase", door="worker", reason=self.current_phase.name)
        Lane.wake(self)
        return True

    def fail(self, error: str) -> None:
        """Fail the job because no file succeeded or a phase broke. The caller holds the job's lock."""
        self.move("fail", door="worker", reason=error, error=error[:MAX_ERROR_CHARACTERS], ended_at=database_now())
        self.phases.filter(status=states.RUNNING).update(status=states.FAILED)
        self.request_finalizing()

    def reclaim_all(self) -> None:
        """End the turn of every lane and requeue the claims; outcomes of these turns no longer count.

        The caller holds the job's lock.
        """
        running = self.items.running()
        Attempt.archive(running)
        running.update(status=states.WAITING, lane_id=None, turn=None)
        self.lanes.filter(run=self.run, working=True).update(turn=F("turn") + 1, working=False)

    def cancel(self, by: Any, door: str, reason: str = "", finish: bool = False, discard: bool = False) -> bool:
        """Cancel the job: one guarded UPDATE, which workers poll; False if the job was cancelled before.

        `finish` lets running items finish; `discard` deletes the outputs, also of a job cancelled before. Raises
        NotPossible if the job has completed or failed, DoesNotExist if it was deleted.
        """
        with self.locked() as job:
            if job.status == states.CANCELLED:
                if discard and not job.discard:
                    job.discard_outputs(by, door)
                return False
            now = database_now()
            job.move(
                "cancel", by=by, door=door, reason=reason or cancel_reason(job), cancelled_at=now, ended_at=now,
                cancelled_by=by, error=cancel_error(job, by), finish_in_hand=finish, discard=discard, notice=True,
                retry_pending=False,
            )  # fmt: skip
            job.phases.filter(status__in=(states.WAITING, states.RUNNING)).update(status=states.CANCELLED)
            job.settle_if_quiet()
            queue.revoke_after_commit([str(lane.task_id) for lane in job.lanes.filter(run=job.run)])
        return True

    def discard_outputs(self, by: Any, door: str) -> None:
        """Discard the outputs of a cancelled job, which settles afterwards. The caller holds the job's lock."""
        self.discard, self.settled_at, self.wrap_up_at = True, None, None
        self.save(update_fields=("discard", "settled_at", "wrap_up_at"))
        Event.record(self, "cancel", by=by, door=door, reason="What was made is discarded")
        self.settle_if_quiet()

    def cancel_if_possible(self, by: Any, door: str) -> bool:
        """Cancel the job; False if it has ended or was deleted meanwhile."""
        try:
            return self.cancel(by=by, door=door)
        except (NotPossible, Job.DoesNotExist):
            return False

    def has_pending_items(self) -> bool:
        """Whether items are claimed by a lane or postponed."""
        return self.items.running().exists() or self.items.postponed().exists()

    def count(self, finished: int) -> None:
        """Use up this many finish numbers, in the database and in this object. The caller holds the job's lock."""
        type(self).objects.filter(pk=self.pk).update(finished=F("finished") + finished)
        self.finished += finished

    def settle_if_quiet(self) -> None:
        """Settle a cancelled job without running items, after a worker has discarded its outputs if need be.

        The caller holds the job's lock.
        """
        if self.settled or self.items.running().exists():
            return
        if self.discard:
            queue.discard_after_commit(self.pk)
            return
        self.settle()

    def settle(self) -> None:
        """Set `settled_at` and record the stop time, once for each cancel. The caller holds the job's lock."""
        before = self.events.filter(event="settle", at__gte=self.cancelled_at).first()
        self.settled_at = before.at if before else database_now()
        self.save(update_fields=("settled_at",))
        if before:  # a later request to discard the outputs unsettled the job: the stop is recorded already
            return
        seconds = round((self.settled_at - (self.cancelled_at or self.settled_at)).total_seconds(), 3)
        Event.record(self, "settle", door="worker", stopped_in_seconds=seconds)
        Tally.record_stop(seconds)
        self.request_finalizing()

    def request_finalizing(self) -> None:
        """Have a worker finalize a cancelled or failed job, if its kind needs it. The caller holds the job's lock."""
        # The row before the message: if the message is lost, the rescuer sends it again at `wrap_up_at`.
        if self.kind_object.needs_finalizing(self):
            type(self).objects.filter(pk=self.pk).update(wrap_up_at=database_now() + FINALIZE_INTERVAL)
            queue.finalize_after_commit(self.pk)

    def resume(self, by: Any, door: str) -> None:
        """Queue the unfinished items again. Raises NotPossible if none is left, and before the job has settled."""
        with self.locked() as job:
            rerun.resume(job, by, door)

    def retry(self, by: Any, door: str, reason: str = "") -> None:
        """Queue the failed items again, or those that failed with this error.

        Raises NotPossible if no item has failed, and before the job has settled.
        """
        with self.locked() as job:
            rerun.retry(job, by, door, reason)

    def remove(self, by: Any, door: str, reason: str = "") -> None:
        """Hide the job at once and have a worker delete its rows and outputs, never originals; one event stays.

        Raises NotPossible before the job has ended and settled, DoesNotExist if it was deleted.
        """
        with self.locked() as job:
            if not job.can_delete:
                raise NotPossible("The job has not ended: cancel it first, then delete it.")
            Event.record(job, "delete", by=by, door=door, reason=reason)
            job.events.filter(event="delete").update(job=None)
            job.keys.all().delete()
            type(self).objects.filter(pk=job.pk).update(removed=True)
            queue.clear_after_commit(job.pk)

    def clear(self, seconds: float) -> bool:
        """Delete outputs and rows of a removed job in batches for about `seconds`; False if some are left."""
        until = time.monotonic() + seconds
        # Files before rows: a process killed in between leaves no file without a row that knows of it.
        if not self.kind_object.delete_outputs(str(self.uuid), until) or not clear_items(self, until):
            return False
        with transaction.atomic():
            self.events.all().delete()
            type(self).everything.filter(pk=self.pk).defer("spec").delete()
        return True

    def dismiss(self) -> None:
        """Dismiss the warning that the job was cancelled."""
        type(self).objects.filter(pk=self.pk).update(notice=False)
