"""Every order of events that chance can think of: whatever happens to a job, it adds up."""

import contextlib
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from jobs import states
from jobs.clock import database_now
from jobs.errors import NotPossible
from jobs.models import Item, Job, Lane
from jobs.models.lane import LEASE_SECONDS
from jobs.recovery.requeue import requeue_batch
from jobs.recovery.rescue import rescue
from jobs.recovery.verify import find_differences
from jobs.work import Outcome
from tests.jobs.work import make_job, run_items, waiting_lane

PHASES = [["process"], ["process", "classify"], ["process", "classify", "catalogue"]]
INDEX = st.integers(0, 10)


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch):
    """A retry of two failed items is put back in pieces."""
    monkeypatch.setattr("jobs.models.rerun.REQUEUE_BATCH_SIZE", 1)


class Hand:
    """A worker that has a turn of a lane, and the items it has claimed."""

    def __init__(self, lane: Lane) -> None:
        self.lane, self.works, self.dead = lane, [], False


class JobMachine(RuleBasedStateMachine):
    """One job, its owner, and workers that come, work, stall and die."""

    @initialize(items=st.integers(1, 6), phases=st.sampled_from(PHASES), pieces=st.integers(1, 4))
    def submit(self, items, phases, pieces):
        self.owner = get_user_model().objects.get(username="ana")
        self.job = make_job(self.owner, items=items, phases=phases, pieces=pieces, results=True)
        self.items = items
        self.hands: list[Hand] = []
        self.seen = 0
        self.percent = 0.0

    def teardown(self):
        if hasattr(self, "job"):
            self.come_to_an_end()

    # ---------------------------------------------------------------- workers

    @rule()
    def a_worker_takes_a_turn(self):
        waiting = waiting_lane(self.job)
        if waiting and (lane := Lane.take(waiting.pk, waiting.turn, "machine")):
            self.hands.append(Hand(lane))

    @precondition(lambda self: self.hands)
    @rule(which=INDEX, most=st.integers(1, 3))
    def it_claims(self, which, most):
        hand = self.hands[which % len(self.hands)]
        if not hand.works:
            hand.works = hand.lane.claim(most)
            if not hand.works:
                self.hands.remove(hand)

    @precondition(lambda self: any(hand.works for hand in self.hands))
    @rule(which=INDEX, how_many=st.integers(1, 3), failed=st.booleans(), rest=st.booleans())
    def it_writes_what_it_did(self, which, how_many, failed, rest):
        hand = self.busy(which)
        now = database_now()
        status, error = (states.FAILED, "Chance.") if failed else (states.SUCCEEDED, "")
        done = [Outcome(work, status, now, now, error, {"made": work.token}) for work in hand.works[:how_many]]
        kept = hand.lane.record(done, rest=rest)
        hand.works = hand.works[how_many:] if kept and not rest else []
        if not kept or rest:
            hand.lane.pause()
            self.hands.remove(hand)

    @precondition(lambda self: any(hand.works for hand in self.hands))
    @rule(which=INDEX, begun=st.booleans())
    def it_stops(self, which, begun):
        hand = self.busy(which)
        hand.lane.record([], started_ids=[hand.works[0].id] if begun else [], rest=True)
        hand.lane.end()
        self.hands.remove(hand)

    @precondition(lambda self: self.hands)
    @rule(which=INDEX)
    def it_dies(self, which):
        hand = self.hands.pop(which % len(self.hands))
        Lane.objects.filter(pk=hand.lane.pk).update(beat_at=database_now() - timedelta(seconds=2 * LEASE_SECONDS))

    @precondition(lambda self: self.hands)
    @rule(which=INDEX)
    def it_falls_silent_and_wakes_up_later(self, which):
        lane = self.hands[which % len(self.hands)].lane
        Lane.objects.filter(pk=lane.pk, turn=lane.turn).update(
            beat_at=database_now() - timedelta(seconds=2 * LEASE_SECONDS)
        )

    @precondition(lambda self: self.hands)
    @rule(which=INDEX)
    def its_phase_breaks(self, which):
        hand = self.hands.pop(which % len(self.hands))
        hand.lane.fail_job("It broke.")

    @rule()
    def a_worker_puts_failed_items_back(self):
        requeue_batch(self.fresh())

    @rule()
    def the_rescuer_comes(self):
        rescue()

    # ---------------------------------------------------------------- people

    @rule(finish=st.booleans(), discard=st.booleans())
    def somebody_cancels(self, finish, discard):
        before = self.fresh()
        try:
            moved = before.cancel(by=self.owner, door="api", finish=finish, discard=discard)
        except NotPossible:
            assert before.status in (states.COMPLETED, states.FAILED)
        else:
            assert moved == (before.status in states.ACTIVE)
            assert self.fresh().status == states.CANCELLED
            self.percent = 0.0 if discard else self.percent

    @rule()
    def somebody_resumes(self):
        before = self.fresh()
        self.again(before.can_resume, lambda: before.resume(by=self.owner, door="api"))

    @rule(reason=st.sampled_from(["", "Chance."]))
    def somebody_retries(self, reason):
        before = self.fresh()
        failed = before.items.filter(status=states.FAILED, **({"error": reason} if reason else {})).exists()
        self.again(before.can_retry and failed, lambda: before.retry(by=self.owner, door="api", reason=reason))

    def again(self, possible, verb):
        before = self.fresh()
        try:
            verb()
        except NotPossible:
            assert not possible
            assert self.fresh().run == before.run
        else:
            assert possible
            assert (self.fresh().run, self.fresh().status) == (before.run + 1, states.QUEUED)
            self.percent = 0.0

    # ---------------------------------------------------------------- what holds after every step

    @invariant()
    def everything_adds_up(self):
        job = self.fresh()
        counts = job.counts
        assert list(find_differences(job)) == []
        assert counts.total == self.items
        assert counts.total == counts.succeeded + counts.failed + counts.skipped + counts.remaining
        assert min(counts.succeeded, counts.failed, counts.skipped, counts.remaining, counts.in_flight) >= 0
        self.it_goes_forward(job)
        assert job.settled == (job.status != states.CANCELLED or job.settled_at is not None)

    def it_goes_forward(self, job):
        """What was dropped takes it back, and what somebody wants to be done again; nothing else does."""
        if job.discard:
            self.percent = 0.0
        assert self.percent <= job.percent <= 100
        self.percent = job.percent

    @invariant()
    def no_item_is_in_two_hands_and_none_in_no_hand(self):
        running = Item.objects.running().filter(job=self.job)
        for lane_id, turn in running.values_list("lane_id", "turn"):
            assert Lane.objects.filter(pk=lane_id, turn=turn, working=True).exists()

    @invariant()
    def the_history_only_grows(self):
        events = self.job.events.count()
        assert events >= self.seen
        self.seen = events

    # ---------------------------------------------------------------- helpers

    def fresh(self):
        return Job.objects.get(pk=self.job.pk)

    def busy(self, which):
        busy = [hand for hand in self.hands if hand.works]
        return busy[which % len(busy)]

    def come_to_an_end(self):
        """All workers die; with the rescuer and other workers an active job always ends and an ended one settles."""
        Lane.objects.filter(working=True).update(beat_at=database_now() - timedelta(seconds=2 * LEASE_SECONDS))
        rescue()
        while self.fresh().retry_pending:
            rescue()
        job = self.fresh()
        if job.status in states.ACTIVE:
            Lane.add(job, 1)
            run_items(job)
        job = self.fresh()
        assert job.status in states.ENDED
        assert job.settled
        assert not job.items.running().exists()
        self.everything_adds_up()


@pytest.mark.django_db
@pytest.mark.timeout(60)
def test_a_job_adds_up_whatever_happens_to_it(ana):
    class InTransaction(JobMachine):
        """Each example is undone when it is over."""

        def __init__(self):
            super().__init__()
            self.undo = transaction.atomic()
            self.undo.__enter__()

        def teardown(self):
            try:
                super().teardown()
            finally:
                transaction.set_rollback(True)
                self.undo.__exit__(None, None, None)

    run_state_machine_as_test(
        InTransaction,
        settings=settings(
            max_examples=15, stateful_step_count=25, deadline=None, database=None,
            suppress_health_check=list(HealthCheck),
            phases=(Phase.generate,),  # to see a failure at its shortest, allow Phase.shrink: it takes minutes
        ),
    )  # fmt: skip


class Elsewhere:
    """Somebody with a thread and a database connection of their own."""

    def __init__(self):
        self.pool = ThreadPoolExecutor(1)

    def begin(self, call):
        """Have it done there, beside whatever is done here."""
        return self.pool.submit(call)

    def end(self):
        self.pool.submit(lambda: connection.close()).result()  # its own, not this thread's
        self.pool.shutdown()


class TwoConnections(JobMachine):
    """Every step here is taken while the other connection does something of its own to the same job."""

    def __init__(self):
        super().__init__()
        self.other = Elsewhere()
        self.running = []

    @precondition(lambda self: hasattr(self, "job"))
    @rule(what=st.sampled_from(["claim", "cancel", "resume", "retry", "rescue", "requeue"]))
    def somebody_else_acts_at_the_same_time(self, what):
        self.running.append(self.other.begin(partial(self.act, what)))

    def act(self, what):
        """What the other one does; what is not possible now is refused, never half done."""
        verbs = {
            "claim": self.claim_and_finish,
            "cancel": lambda: self.fresh().cancel(by=self.owner, door="page"),
            "resume": lambda: self.fresh().resume(by=self.owner, door="page"),
            "retry": lambda: self.fresh().retry(by=self.owner, door="page"),
            "rescue": rescue,
            "requeue": lambda: requeue_batch(self.fresh()),
        }
        with contextlib.suppress(NotPossible):
            verbs[what]()

    def claim_and_finish(self):
        """A whole turn of a lane over there."""
        waiting = waiting_lane(self.job)
        lane = waiting and Lane.take(waiting.pk, waiting.turn, "elsewhere")
        if lane:
            now = database_now()
            lane.record([Outcome(one, states.SUCCEEDED, now, now) for one in lane.claim(1)], rest=True)
            lane.pause()

    def somebody_cancels(self, finish, discard):
        """Without a look beforehand: it may have changed by now."""

    def again(self, possible, verb):
        with contextlib.suppress(NotPossible):
            verb()

    @invariant()
    def everything_adds_up(self):
        if hasattr(self, "job"):
            assert list(find_differences(self.fresh())) == []

    @invariant()
    def no_item_is_in_two_hands_and_none_in_no_hand(self):
        """Looked at when the other one has done: here it is in the middle of something."""

    def teardown(self):
        for done in self.running:
            done.result()
        try:
            super().teardown()
        finally:
            self.other.end()
            Job.objects.all().delete()


@pytest.mark.postgres
@pytest.mark.skipif("connection.vendor != 'postgresql'", reason="SQLite has one writer at a time")
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("broker_in_memory")
@pytest.mark.timeout(90)
def test_a_job_adds_up_whatever_two_connections_do_to_it_at_once(ana):
    run_state_machine_as_test(
        TwoConnections,
        settings=settings(
            max_examples=12, stateful_step_count=25, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), phases=(Phase.generate,),
        ),
    )  # fmt: skip
