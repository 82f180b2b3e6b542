"""GET /api/jobs/<id>."""

from datetime import timedelta

import pytest
from django.db.models import F
from uuid_utils.compat import uuid7

from jobs.models import Job, Pace
from tests.jobs.api.test_submit import KEYS
from tests.jobs.work import make_job, reload, run_items, take_turn

pytestmark = pytest.mark.django_db


def show(client, job, **extra):
    return client.get(f"/api/jobs/{job.uuid}", **extra)


def test_a_job_that_runs_adds_up_at_every_moment(as_ana, ana):
    job = make_job(ana, items=4, fail=[2])
    run_items(job, items=2)
    take_turn(job).claim(1)

    told = show(as_ana, job).json()

    assert list(told) == KEYS
    assert told == told | {
        "status": "running", "settled": True, "phase": "process", "total": 4, "succeeded": 1, "failed": 1,
        "skipped": 0, "remaining": 2, "in_flight": 1, "percent": 50.0,
        "phases": [{"name": "process", "status": "running", "total": 4, "done": 1, "failed": 1}],
    }  # fmt: skip
    assert told["rate"] > 0
    assert told["eta_seconds"] > 0
    assert told["started_at"] is not None


ALL = ["process", "classify", "catalogue"]


def test_the_time_left_counts_the_files_of_every_phase(as_ana, ana):
    job = make_job(ana, items=4, phases=ALL)
    run_items(job, items=1)

    told = show(as_ana, job).json()

    assert told["phase"] == "process"
    assert told["eta_seconds"] == pytest.approx((3 + 4) / told["rate"], abs=0.1)


def test_the_rate_is_that_of_the_phase_that_goes_through_the_files_now(as_ana, ana):
    job = make_job(ana, items=4, phases=ALL)
    run_items(job, items=4)
    Pace.objects.filter(job=job).update(second=F("second") - timedelta(seconds=60))
    run_items(job, items=1)

    told = show(as_ana, job).json()

    assert (told["phase"], told["phases"][1]["done"]) == ("classify", 1)
    assert told["rate"] > 0
    assert told["eta_seconds"] == pytest.approx(3 / told["rate"], abs=0.1)


@pytest.mark.parametrize("phases", [ALL, ["process", "catalogue"]])
def test_nobody_is_told_that_no_time_is_left_while_there_is_work(as_ana, ana, phases):
    job = make_job(ana, items=3, phases=phases)
    run_items(job, items=1)
    told = []
    while reload(job).status == "running":
        told.append(show(as_ana, job).json())
        run_items(job, items=1)

    assert [one["eta_seconds"] for one in told if one["eta_seconds"] == 0] == []
    assert (told[-1]["phase"], told[-1]["eta_seconds"]) == ("catalogue", None)


def test_a_phase_that_sums_up_is_a_small_part_of_all(as_ana, ana):
    job = make_job(ana, items=2, phases=["process", "catalogue"])
    percents = []
    for _ in range(3):
        percents.append(show(as_ana, job).json()["percent"])
        run_items(job, items=1)

    assert percents == [0.0, 47.6, 95.2]
    assert show(as_ana, job).json()["percent"] == 100.0


def test_a_job_that_has_completed_is_in_no_phase(as_ana, ana):
    job = make_job(ana, items=2, phases=["process", "classify", "catalogue"])
    run_items(job)

    told = show(as_ana, job).json()

    assert told == told | {"status": "completed", "phase": None, "percent": 100.0, "rate": 0.0, "eta_seconds": None}
    assert [phase["name"] for phase in told["phases"]] == ["process", "classify", "catalogue"]
    assert [phase["status"] for phase in told["phases"]] == ["done"] * 3


def test_a_cancelled_job_says_who_when_and_why(as_ana, ana, staff):
    job = make_job(ana)
    job.cancel(by=staff, door="admin")

    told = show(as_ana, job).json()

    assert told == told | {
        "status": "cancelled", "settled": True, "phase": None, "skipped": 3, "remaining": 0,
        "cancelled_by": "sam", "error": "Cancelled by sam",
    }  # fmt: skip
    assert told["ended_at"] == told["cancelled_at"] != None  # noqa: E711
    assert told["settled_at"] is not None


def test_a_cancelled_job_with_a_file_in_hand_is_not_settled(as_ana, ana):
    job = make_job(ana)
    take_turn(job).claim(1)
    job.cancel(by=ana, door="api")

    told = show(as_ana, job).json()

    assert told == told | {"settled": False, "in_flight": 1, "remaining": 1, "skipped": 2, "settled_at": None}


def test_what_is_not_yours_what_is_missing_and_nonsense_are_one_answer(as_ana, as_ben, as_staff, ana):
    job = make_job(ana)

    answers = [show(as_ben, job), show(as_staff, job)]
    answers += [as_ana.get(f"/api/jobs/{name}") for name in (uuid7(), "nonsense", "0", "%20", "..%2f", "é")]
    answers += [as_ana.get(f"/api/jobs/{name}") for name in (job.uuid.hex, job.uuid.urn)]  # the API writes hyphens

    assert [(answer.status_code, answer.json()) for answer in answers] == [(404, {"error": "Not found"})] * 10


def test_nobody_is_told_nothing(as_nobody, ana):
    answer = show(as_nobody, make_job(ana))

    assert (answer.status_code, list(answer.json())) == (401, ["error"])
    assert "Token" in answer["WWW-Authenticate"]


def test_nothing_new_is_304_without_a_body(as_ana, ana):
    job = make_job(ana)
    etag = show(as_ana, job)["ETag"]

    answer = show(as_ana, job, headers={"If-None-Match": etag})

    assert (answer.status_code, answer.content, answer["ETag"]) == (304, b"", etag)


@pytest.mark.parametrize("wanted", ["W/{}", '"other", {}', '"other",W/{}', "*"])
def test_an_etag_is_found_weak_in_a_list_or_as_anything(as_ana, ana, wanted):
    job = make_job(ana)
    etag = show(as_ana, job)["ETag"]

    assert show(as_ana, job, headers={"If-None-Match": wanted.format(etag)}).status_code == 304


def test_what_changed_is_told_again_under_another_etag(as_ana, ana):
    job = make_job(ana)
    etag = show(as_ana, job)["ETag"]
    run_items(job)

    answer = show(as_ana, job, headers={"If-None-Match": etag})

    assert answer.status_code == 200
    assert answer["ETag"] != etag


def test_a_stopped_file_changes_the_etag(as_ana, ana):
    job = make_job(ana)
    lane = take_turn(job)
    lane.claim(1)
    job.cancel(by=ana, door="api")
    etag = show(as_ana, job)["ETag"]

    lane.record([], rest=True)

    assert show(as_ana, job, headers={"If-None-Match": etag}).json()["settled"] is True


def test_polling_costs_five_queries(as_ana, ana, django_assert_num_queries):
    job = make_job(ana, items=50)
    run_items(job, items=1)

    with django_assert_num_queries(5):  # session, person, job, phases, rate with the time it was asked for
        assert show(as_ana, job).json()["rate"] > 0


def test_polling_costs_no_more_with_more_phases(as_ana, ana, django_assert_num_queries):
    job = make_job(ana, items=3, phases=ALL)
    run_items(job, items=4)

    with django_assert_num_queries(5):
        assert show(as_ana, job).json()["phase"] == "classify"


def test_a_job_whose_owner_is_gone_is_nobodys(as_ben, as_ana, ana):
    job = make_job(ana)
    Job.objects.filter(pk=job.pk).update(owner=None)

    assert show(as_ana, job).status_code == show(as_ben, job).status_code == 404
