"""The web server, killed while people submit and cancel."""

import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from jobs.models import Job
from tests.crew import SLOWDOWN, wait_for
from tests.jobs.work import event_names, make_job, reload

pytestmark = pytest.mark.real


def test_killed_in_the_middle_of_submits_and_cancels_it_has_done_each_once_or_not_at_all(web, ana):
    keys = [str(uuid.uuid4()) for _ in range(40)]
    with ThreadPoolExecutor(4) as people:
        ids = people.map(web.submit_and_cancel, keys)
        for _ in range(2):
            time.sleep(0.3)
            web.part.kill()
            web.start()
        ids = list(ids)

    assert len({*ids}) == len(keys) == Job.objects.count()
    for job in Job.objects.all():
        assert event_names(job) == ["submit", "cancel", "settle"]
    assert {*map(str, Job.objects.values_list("uuid", flat=True))} == {*ids}


def test_fifty_callers_who_cancel_at_once_get_the_same_answer_and_make_one_move(web, crew, ana):
    crew.worker()
    job = make_job(ana, items=400, seconds=0.05)
    wait_for(lambda: reload(job).counts.succeeded)

    with ThreadPoolExecutor(50) as people:
        asking = [people.submit(partial(web.ask, "POST", f"/api/cancel/{job.uuid}")) for _ in range(50)]
        answers = [one.result() for one in asking]
    wait_for(lambda: reload(job).settled, 5)

    assert {(answer.status_code, answer.text) for answer in answers} == {(200, '{"success":true}')}
    assert event_names(job) == ["submit", "start", "cancel", "settle"]
    assert reload(job).stop_time.total_seconds() < 0.5 * SLOWDOWN  # fifty requests compete with the workers
