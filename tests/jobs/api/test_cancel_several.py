"""POST /api/jobs/cancel, and the same at /photos/batch/cancel."""

from io import BytesIO

import pytest
from uuid_utils.compat import uuid7

from tests.jobs.work import make_job, reload, run_items, take_turn

pytestmark = pytest.mark.django_db

ADDRESSES = pytest.mark.parametrize("address", ["/api/jobs/cancel", "/photos/batch/cancel"])


def cancelled(answer):
    assert answer.status_code == 200, answer.content
    assert list(answer.json()) == ["success", "cancelled"]
    assert answer.json()["success"] is True
    return answer.json()["cancelled"]


@ADDRESSES
def test_all_of_a_persons_jobs_are_cancelled_and_no_others(as_ana, ana, ben, staff, address):
    mine = [make_job(ana), make_job(ana)]
    others = [make_job(ben), make_job(staff)]
    take_turn(mine[0]).claim(1)

    assert cancelled(as_ana.send("post", address)) == 2

    assert {reload(job).status for job in mine} == {"cancelled"}
    assert {reload(job).status for job in others} == {"queued"}
    assert {job.events.get(event="cancel").door for job in mine} == {"api"}


@ADDRESSES
def test_with_nothing_active_none_is_cancelled_and_that_is_no_error(as_ana, ana, address):
    run_items(make_job(ana))
    make_job(ana).cancel(by=ana, door="api")

    assert cancelled(as_ana.send("post", address)) == 0


@ADDRESSES
def test_only_the_named_ones_are_cancelled(as_ana, ana, address):
    named, other = make_job(ana), make_job(ana)

    assert cancelled(as_ana.send("post", address, {"jobs": [str(named.uuid), str(named.uuid)]})) == 1

    assert (reload(named).status, reload(other).status) == ("cancelled", "queued")


@ADDRESSES
def test_an_empty_list_means_none_not_all(as_ana, ana, address):
    job = make_job(ana)

    assert cancelled(as_ana.send("post", address, {"jobs": []})) == 0
    assert reload(job).status == "queued"


@ADDRESSES
def test_ids_that_are_missing_not_yours_ended_or_nonsense_do_not_count(as_ana, ana, ben, address):
    mine, theirs, done = make_job(ana), make_job(ben), make_job(ana, items=1)
    run_items(done)
    ids = [str(job.uuid) for job in (mine, theirs, done)] + [str(uuid7()), "nonsense", "", "é", "\n"]

    assert cancelled(as_ana.send("post", address, {"jobs": ids})) == 1

    assert [reload(job).status for job in (mine, theirs, done)] == ["cancelled", "queued", "completed"]


@ADDRESSES
def test_staff_cancel_their_own_jobs_alone_here(as_staff, ana, address):
    job = make_job(ana)

    assert cancelled(as_staff.send("post", address, {"jobs": [str(job.uuid)]})) == 0
    assert cancelled(as_staff.send("post", address)) == 0
    assert reload(job).status == "queued"


@ADDRESSES
@pytest.mark.parametrize("jobs", ["all", None, 1, {}, [1], [None], [["x"]], [{}], True])
def test_jobs_must_be_a_list_of_ids(as_ana, ana, address, jobs):
    job = make_job(ana)

    answer = as_ana.send("post", address, {"jobs": jobs})

    assert answer.status_code == 400
    assert answer.json() == {"error": "jobs must be a list of ids.", "fields": {"jobs": "Must be a list of ids."}}
    assert reload(job).status == "queued"


@ADDRESSES
@pytest.mark.parametrize("body", [{"job": ["x"]}, {"Jobs": []}, {"ids": []}, {"": 1}, {"jobs": [], "all": True}])
def test_a_misspelt_name_cancels_nothing(as_ana, ana, address, body):
    job = make_job(ana)

    answer = as_ana.send("post", address, body)

    assert (answer.status_code, list(answer.json())) == (400, ["error", "fields"])
    assert answer.json()["error"] == "Give jobs and nothing else; leave it out to cancel everything."
    assert reload(job).status == "queued"


@ADDRESSES
def test_a_form_of_a_page_cancels_everything(as_ana, ana, address):
    job = make_job(ana)

    answer = as_ana.post(address, {"csrfmiddlewaretoken": "x" * 64})

    assert (answer.status_code, answer.json()) == (200, {"success": True, "cancelled": 1})
    assert reload(job).status == "cancelled"


@ADDRESSES
@pytest.mark.parametrize("name", ["jobs", "file"])
def test_a_file_instead_of_a_body_cancels_nothing(as_ana, ana, address, name):
    job = make_job(ana)

    answer = as_ana.post(address, {name: BytesIO(b'{"jobs": []}')})

    assert (answer.status_code, answer.json()) == (400, {"error": "No file is expected here: send JSON."})
    assert reload(job).status == "queued"


@ADDRESSES
def test_nobody_cancels_nothing(as_nobody, ana, address):
    job = make_job(ana)

    answer = as_nobody.send("post", address)

    assert (answer.status_code, list(answer.json())) == (401, ["error"])
    assert reload(job).status == "queued"


@ADDRESSES
def test_only_post_cancels(as_ana, ana, address):
    make_job(ana)

    for method in ("put", "patch", "delete"):
        answer = as_ana.send(method, address)
        assert (answer.status_code, list(answer.json())) == (405, ["error"])


def test_ten_thousand_ids_are_no_trouble_and_one_more_is_refused(as_ana, ana):
    job = make_job(ana)
    ids = [str(uuid7()) for _ in range(9_999)] + [str(job.uuid)]
    words = "Give at most 10,000 ids; leave jobs out to cancel everything."

    refused = as_ana.send("post", "/api/jobs/cancel", {"jobs": [str(uuid7()), *ids]})
    assert (refused.status_code, refused.json()) == (400, {"error": words, "fields": {"jobs": words}})
    assert reload(job).status == "queued"

    assert cancelled(as_ana.send("post", "/api/jobs/cancel", {"jobs": ids})) == 1
