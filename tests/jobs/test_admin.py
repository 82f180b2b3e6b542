"""The back office of jobs."""

import csv
import io
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from jobs.models import Event, Item, Job
from tests.jobs.work import make_job, reload, run_items, statuses, take_turn

pytestmark = pytest.mark.django_db

LISTS = ["/admin/jobs/job/", "/admin/jobs/event/", "/admin/jobs/item/"]


def act(client, action, *jobs):
    """What is said after an action on these jobs."""
    body = {"action": action, "_selected_action": [job.pk for job in jobs]}
    answer = client.post("/admin/jobs/job/", body)
    if answer.status_code != 302:
        return answer
    page = client.get("/admin/jobs/job/")
    return [str(message) for message in page.context["messages"]]


@pytest.mark.parametrize("address", LISTS)
def test_the_lists_are_for_staff_alone(as_staff, as_ana, as_nobody, address):
    assert [client.get(address).status_code for client in (as_staff, as_ana, as_nobody)] == [200, 302, 302]


def test_the_list_tells_how_soon_a_cancelled_job_had_stopped(as_staff, ana):
    job = make_job(ana)
    job.cancel(by=ana, door="page")
    job = reload(job)
    Job.objects.filter(pk=job.pk).update(settled_at=job.cancelled_at + timedelta(seconds=0.214))

    page = as_staff.get("/admin/jobs/job/").content.decode()

    assert '<td class="field-stopped_in">0.21 s</td>' in page


def test_staff_see_everybodys_jobs_with_their_progress(as_staff, ana, ben):
    run_items(make_job(ana, title="Of Ana", items=4, fail=[2]))
    make_job(ben, title="Of Ben")

    page = as_staff.get("/admin/jobs/job/").content.decode()

    assert "Of Ana" in page
    assert "Of Ben" in page
    assert "3 done, 1 failed, 0 not started of 4" in page
    assert '<progress max="100" value="100.0">' in page


@pytest.mark.parametrize(
    "query", ["status=completed", "kind__exact=counting", "q=Of+Ana", "q=ana", "q={uuid}", "q={start}"]
)
def test_jobs_are_found(as_staff, ana, query):
    job = make_job(ana, title="Of Ana")
    run_items(job)

    page = as_staff.get("/admin/jobs/job/?" + query.format(uuid=job.uuid, start=str(job.uuid)[:13])).content.decode()

    assert "Of Ana" in page


@pytest.mark.parametrize("query", ["status=queued", "kind__exact=process", "q=nothing", "q=%25", "q='--"])
def test_jobs_that_do_not_match_are_left_out(as_staff, ana, query):
    run_items(make_job(ana, title="Of Ana"))

    assert "Of Ana" not in as_staff.get(f"/admin/jobs/job/?{query}").content.decode()


def test_a_job_shows_its_history_and_its_files(as_staff, ana):
    job = make_job(ana, items=2, fail=[2])
    run_items(job)

    page = as_staff.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()

    assert "This number cannot be counted." in page
    assert "finish" in page
    assert 'name="_save"' not in page
    assert "deletelink" not in page


@pytest.mark.parametrize("model", ["job", "event", "item"])
def test_history_cannot_be_written_added_or_deleted(as_staff, ana, model):
    job = make_job(ana)
    run_items(job)
    row = {"job": job, "event": Event.objects.first(), "item": Item.objects.first()}[model]
    base = f"/admin/jobs/{model}/"

    assert as_staff.get(f"{base}add/").status_code == 403
    assert as_staff.post(f"{base}add/", {}).status_code == 403
    assert as_staff.post(f"{base}{row.pk}/change/", {"title": "x", "status": "queued"}).status_code == 403
    assert as_staff.post(f"{base}{row.pk}/delete/", {"post": "yes"}).status_code == 403
    as_staff.post(base, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert type(row).objects.filter(pk=row.pk).exists()
    assert reload(job).title == "3 numbers"


def test_cancel_stops_those_that_can_be_and_says_how_many(as_staff, ana, staff):
    waiting, running, done = make_job(ana), make_job(ana), make_job(ana, title="Done")
    take_turn(running).claim(1)
    run_items(done)

    said = act(as_staff, "cancel", waiting, running, done)

    assert said == ["Done: A job that is completed cannot be cancelled.", "2 jobs were cancelled."]
    assert reload(waiting).error == "Cancelled by sam"
    event = running.events.get(event="cancel")
    assert (event.actor, event.door) == (staff.username, "admin")


def test_cancelling_what_is_cancelled_counts_none(as_staff, ana):
    job = make_job(ana)
    job.cancel(by=ana, door="page")

    assert act(as_staff, "cancel", job) == ["0 jobs were cancelled."]


def test_resume_and_retry_say_why_not(as_staff, ana):
    cancelled, failed = (
        make_job(ana, title="Cancelled"),
        make_job(ana, title="Failed", items=1, fail=[1], fail_attempts=1),
    )
    cancelled.cancel(by=ana, door="page")
    run_items(failed)

    assert act(as_staff, "resume", cancelled, failed) == ["Failed: There is nothing left to do.", "1 job was resumed."]
    assert act(as_staff, "retry", cancelled, failed) == [
        "Cancelled: The job is queued: it can be retried when it has ended.", "1 job was retried.",
    ]  # fmt: skip
    run_items(failed)
    assert statuses(failed) == ["succeeded"]


def test_export_gives_one_line_a_job(as_staff, ana):
    job = make_job(ana, title="=1+1", items=2, fail=[1])
    run_items(job)

    answer = act(as_staff, "export", job, make_job(ana))

    lines = list(csv.DictReader(io.StringIO(answer.getvalue().decode())))
    assert len(lines) == 2
    line = next(line for line in lines if line["id"] == str(job.uuid))
    assert (line["title"], line["owner"], line["status"]) == ("'=1+1", "ana", "completed")
    assert [line[name] for name in ("total", "succeeded", "failed", "skipped")] == ["2", "1", "1", "0"]


def test_somebody_who_is_not_staff_cannot_act(as_ana, ben):
    job = make_job(ben)

    as_ana.post("/admin/jobs/job/", {"action": "cancel", "_selected_action": [job.pk]})

    assert reload(job).status == "queued"


def test_staff_without_further_rights_may_look_and_act(client, ben, ana):
    ben.is_staff = True
    ben.save()
    client.force_login(ben)
    job = make_job(ana)

    assert "/admin/jobs/job/" in client.get("/admin/").content.decode()
    assert act(client, "cancel", job) == ["1 job was cancelled."]


@pytest.mark.parametrize("address", LISTS)
def test_a_longer_list_costs_no_more_queries(as_staff, ana, address):
    counts = []
    as_staff.get(address)
    for _ in range(2):
        for _ in range(4):
            job = make_job(ana)
            run_items(job, items=1)
            job.cancel(by=ana, door="page")
        with CaptureQueriesContext(connection) as queries:
            assert as_staff.get(address).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 15


def test_the_page_of_a_large_job_shows_its_first_files_in_few_queries(as_staff, ana):
    job = make_job(ana, items=300)
    run_items(job)

    with CaptureQueriesContext(connection) as queries:
        page = as_staff.get(f"/admin/jobs/job/{job.pk}/change/").content.decode()

    assert len(queries) <= 12
    assert page.count("field-position") <= 101


@pytest.mark.parametrize(
    "query", ["q=%FF", "p=99999", "o=99", "status=x", "created_at__year=x", "owner__id__exact=x", "e=1", "x=1"]
)
@pytest.mark.parametrize("address", LISTS)
def test_odd_queries_break_nothing(as_staff, ana, address, query):
    make_job(ana)

    assert as_staff.get(f"{address}?{query}").status_code in (200, 302, 400)


def test_a_deleted_job_leaves_a_line_in_the_list_of_events(as_staff, ana):
    job = make_job(ana, title="Gone")
    job.cancel(by=ana, door="page")
    job.remove(by=ana, door="page")

    assert not Job.objects.exists()
    assert "Gone" in as_staff.get("/admin/jobs/event/?q=Gone").content.decode()


def test_a_file_shows_its_earlier_attempts(ana, staff, client):
    job = make_job(ana, items=1, fail=[1], fail_attempts=1)
    run_items(job)
    job.retry(by=ana, door="api")
    run_items(job)
    client.force_login(staff)

    page = client.get(f"/admin/jobs/item/{job.items.get().pk}/change/").content.decode()

    assert "Earlier attempts" in page
    assert "This number cannot be counted." in page


def test_the_list_of_files_offers_no_order_without_an_index_and_reads_no_selection(as_staff, ana):
    make_job(ana)

    with CaptureQueriesContext(connection) as sent:
        page = as_staff.get("/admin/jobs/item/").content.decode()

    assert "?o=" not in page
    assert not any('"spec"' in one["sql"] for one in sent if 'FROM "jobs_item"' in one["sql"])
