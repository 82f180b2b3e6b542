"""How worker processes are shared among people."""

import time

import pytest

from jobs.models import Lane
from tests.crew import SLOWDOWN, wait_for
from tests.jobs.work import make_job, reload

pytestmark = pytest.mark.real


def busy(owner, jobs):
    """Large jobs of one person, all of them at work."""
    large = [make_job(owner, items=5000, seconds=0.05) for _ in range(jobs)]
    wait_for(lambda: all(reload(job).counts.succeeded for job in large))
    return large


@pytest.mark.parametrize("seconds", [0.05, 0.2])
def test_a_small_job_is_done_within_three_seconds_beside_five_large_ones_of_another_person(crew, ana, ben, seconds):
    crew.beat()
    crew.worker()
    large = busy(ben, 5)

    small = make_job(ana, items=5, seconds=seconds)
    wait_for(lambda: reload(small).status == "completed")

    took = (reload(small).ended_at - small.created_at).total_seconds()
    for job in large:
        job.cancel(by=ben, door="api")
    print(f"5 files of {seconds} s beside 5 large jobs: {took:.2f} s")
    assert took < 3 * SLOWDOWN  # by job it would be minutes


def test_two_people_get_the_same_however_many_jobs_they_have(crew, ana, ben):
    crew.beat()
    crew.worker()
    jobs = {ana: busy(ana, 1), ben: busy(ben, 3)}

    def done(owner):
        return sum(reload(job).counts.succeeded for job in jobs[owner])

    time.sleep(4)  # turns that began when there were fewer jobs are over
    before = {owner: done(owner) for owner in jobs}
    time.sleep(16)
    few, many = (done(owner) - before[owner] for owner in jobs)

    for owner, theirs in jobs.items():
        for job in theirs:
            job.cancel(by=owner, door="api")
    print(f"in 16 s, one job {few} files, three jobs of another person {many}")
    assert 0.55 < few / many < 1.8  # by job it would be 0.33


def test_a_job_has_as_many_lanes_as_the_workers_can_use(crew, ana):
    crew.beat()
    crew.worker(1)
    job = make_job(ana, items=5000, seconds=0.05)

    def lanes():
        return Lane.objects.filter(job=job, ended=False).count()

    wait_for(lambda: reload(job).counts.succeeded)
    assert lanes() == 2

    others = crew.worker(3)
    wait_for(lambda: lanes() == 4)
    wait_for(lambda: Lane.objects.filter(job=job, working=True).count() == 4)
    others.terminate_process()
    wait_for(lambda: lanes() == 2)

    job.cancel(by=ana, door="api")


@pytest.mark.long
def test_sixteen_processes_are_eight_times_as_fast_as_two(crew, ana):
    crew.beat()

    def seconds_with(processes):
        worker = crew.worker(processes)
        job = make_job(ana, items=processes * 200, seconds=0.05)
        wait_for(lambda: reload(job).status == "completed", 60)
        worker.terminate_process()
        wait_for(lambda: not worker.is_running(), 30)
        job = reload(job)
        return (job.ended_at - job.started_at).total_seconds() / processes

    few, many = seconds_with(2), seconds_with(16)

    print(f"16 processes are {few / many:.2f} times as fast as 2")
    assert few / many > 7.2
