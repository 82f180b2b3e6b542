"""GET /api/jobs/<id>/items."""

import pytest
from uuid_utils.compat import uuid7

from jobs.work import Outcome
from tests.jobs.work import make_job, run_items, take_turn, waiting_lane

pytestmark = pytest.mark.django_db

KEYS = ["position", "name", "status", "error", "attempt", "started_at", "ended_at", "duration_ms", "output"]


def items(client, job, query=""):
    answer = client.get(f"/api/jobs/{job.uuid}/items{query}")
    assert answer.status_code == 200, answer.content
    assert list(answer.json()) == ["items", "after"]
    return answer.json()


def positions(told):
    return [item["position"] for item in told["items"]]


def test_a_finished_item_has_every_key(as_ana, ana):
    job = make_job(ana, items=2, fail=[2])
    run_items(job)

    done, failed = items(as_ana, job)["items"]

    assert list(done) == KEYS
    assert done == done | {"position": 1, "name": "number", "status": "succeeded", "error": "", "attempt": 1}
    assert done["duration_ms"] >= 0
    assert done["started_at"] <= done["ended_at"]
    assert done["output"] is None
    assert (failed["status"], failed["error"]) == ("failed", "This number cannot be counted.")


def test_an_output_has_an_address_and_what_is_known_of_it(as_ana, ana, tmp_path):
    job = make_job(ana, items=1, folder=str(tmp_path))
    run_items(job)

    assert items(as_ana, job)["items"][0]["output"] == {
        "url": f"/api/jobs/{job.uuid}/items/1/output",
        "name": "number.txt", "format": "txt", "width": 1, "height": 1, "size": 1,
    }  # fmt: skip


def test_finished_items_come_in_the_order_they_finished(as_ana, ana):
    job = make_job(ana, items=4)
    first, second = take_turn(job), take_turn(job)
    slow, quick = first.claim(1), second.claim(1)
    finish(second, quick)
    finish(first, slow)

    assert positions(items(as_ana, job)) == [2, 1]


def test_after_asks_for_what_is_new_and_is_never_null(as_ana, ana):
    job = make_job(ana, items=3)
    nothing = items(as_ana, job)
    run_items(job, items=2)
    two = items(as_ana, job, f"?after={nothing['after']}")
    none = items(as_ana, job, f"?after={two['after']}")
    run_items(job)
    last = items(as_ana, job, f"?after={none['after']}")

    assert [positions(told) for told in (nothing, two, none, last)] == [[], [1, 2], [], [3]]
    assert none["after"] == two["after"]
    assert all(isinstance(told["after"], str) and told["after"] for told in (nothing, two, none, last))


def test_nobody_who_follows_along_misses_one_when_workers_commit_out_of_order(as_ana, ana):
    job = make_job(ana, items=6)
    first, second = take_turn(job), take_turn(job)
    hands = {lane.pk: list(lane.claim(2)) for lane in (first, second)}
    seen, after = [], ""
    for lane in (second, first, first, second):
        if hands[lane.pk]:
            finish(lane, [hands[lane.pk].pop()])
        told = items(as_ana, job, f"?after={after}")
        seen, after = seen + positions(told), told["after"]

    finished = set(job.items.filter(status="succeeded").values_list("position", flat=True))
    assert sorted(seen) == sorted(finished)
    assert len(seen) == len(set(seen))


def test_a_file_that_was_retried_is_told_again(as_ana, ana):
    job = make_job(ana, items=2, fail=[1], fail_attempts=1)
    run_items(job)
    after = items(as_ana, job)["after"]
    job.retry(by=ana, door="api")
    run_items(job)

    again = items(as_ana, job, f"?after={after}")["items"]

    assert [(item["position"], item["status"], item["attempt"]) for item in again] == [(1, "succeeded", 2)]


def test_five_hundred_are_told_at_once(as_ana, ana):
    job = make_job(ana, items=501)
    run_items(job)

    first = items(as_ana, job)
    rest = items(as_ana, job, f"?after={first['after']}")

    assert (len(first["items"]), len(rest["items"])) == (500, 1)
    assert sorted(positions(first) + positions(rest)) == list(range(1, 502))


@pytest.mark.parametrize(
    ("status", "expected"),
    [("succeeded", [1]), ("failed", [2]), ("running", [3]), ("waiting", [4, 5]), ("skipped", [])],
)
def test_a_status_narrows_the_items_of_a_job_that_runs(as_ana, ana, status, expected):
    job = make_job(ana, items=5, fail=[2])
    run_items(job, items=2)
    take_turn(job).claim(1)

    told = items(as_ana, job, f"?status={status}")

    assert positions(told) == expected
    assert {item["status"] for item in told["items"]} <= {status}


def test_what_waits_in_a_cancelled_job_was_skipped(as_ana, ana):
    job = make_job(ana, items=3)
    run_items(job, items=1)
    job.cancel(by=ana, door="api")

    assert positions(items(as_ana, job, "?status=skipped")) == [2, 3]
    assert positions(items(as_ana, job, "?status=waiting")) == []


def test_files_that_were_never_planned_are_told_as_skipped(as_ana, ana):
    job = make_job(ana, items=700)
    job.cancel(by=ana, door="api")

    first = items(as_ana, job, "?status=skipped")
    rest = items(as_ana, job, f"?status=skipped&after={first['after']}")
    end = items(as_ana, job, f"?status=skipped&after={rest['after']}")

    assert positions(first) + positions(rest) == list(range(1, 701))
    assert (positions(end), end["after"]) == ([], rest["after"])


def test_only_the_files_are_told_not_the_items_of_later_phases(as_ana, ana):
    job = make_job(ana, items=2, phases=["process", "classify", "catalogue"])
    run_items(job)

    assert positions(items(as_ana, job)) == [1, 2]


def test_a_status_that_does_not_exist_is_refused(as_ana, ana):
    answer = as_ana.get(f"/api/jobs/{make_job(ana).uuid}/items?status=done")

    assert answer.status_code == 400
    assert answer.json() == {"error": "There is no status 'done'.", "fields": {"status": "Unknown status."}}


@pytest.mark.parametrize("after", ["x", "1", "f", "f-1", "f1.5", "p1", "f" + "9" * 30, "f%C2%B2", "f1%20", "null"])
def test_an_after_that_this_list_did_not_give_is_refused(as_ana, ana, after):
    answer = as_ana.get(f"/api/jobs/{make_job(ana).uuid}/items?after={after}")

    assert answer.status_code == 400
    assert answer.json()["fields"] == {"after": "Unknown value."}


def test_items_of_another_persons_job_are_a_404(as_ben, as_staff, as_nobody, as_ana, ana):
    job = make_job(ana)
    path = f"/api/jobs/{job.uuid}/items"

    for client, address in ((as_ben, path), (as_staff, path), (as_ana, f"/api/jobs/{uuid7()}/items")):
        answer = client.get(address)
        assert (answer.status_code, answer.json()) == (404, {"error": "Not found"})
    assert as_nobody.get(path).status_code == 401


def test_five_hundred_items_cost_no_query_each(as_ana, ana, django_assert_max_num_queries, tmp_path):
    job = make_job(ana, items=60, results=True)
    run_items(job)
    assert waiting_lane(job) is None

    with django_assert_max_num_queries(6):
        items(as_ana, job)


def finish(lane, works):
    """Write that a lane has done these."""
    assert lane.record([Outcome(work, "succeeded") for work in works])
