"""GET /api/jobs/<id>/unprocessed.csv."""

import csv
import io

import pytest

from jobs.models import Item
from tests.jobs.work import clear_removed_jobs, make_job, run_items, take_turn

pytestmark = pytest.mark.django_db

HEADS = ["position", "name", "path", "status", "error"]


def unprocessed(client, job, **extra):
    answer = client.get(f"/api/jobs/{job.uuid}/unprocessed.csv", **extra)
    assert answer.status_code == 200
    return list(csv.reader(io.StringIO(answer.getvalue().decode())))


def test_what_has_no_result_is_listed_by_position(as_ana, ana):
    job = make_job(ana, items=4, fail=[2])
    run_items(job, items=2)
    job.cancel(by=ana, door="api")

    assert unprocessed(as_ana, job) == [
        HEADS,
        ["2", "number", "", "failed", "This number cannot be counted."],
        ["3", "number", "", "skipped", ""],
        ["4", "number", "", "skipped", ""],
    ]


def test_a_job_that_runs_lists_what_waits_and_what_is_in_hand(as_ana, ana):
    job = make_job(ana, items=3)
    run_items(job, items=1)
    take_turn(job).claim(1)

    assert [line[3] for line in unprocessed(as_ana, job)[1:]] == ["running", "waiting"]


def test_a_job_that_did_everything_lists_nothing(as_ana, ana):
    job = make_job(ana)
    run_items(job)

    assert unprocessed(as_ana, job) == [HEADS]


def test_files_that_were_never_planned_are_listed_once_each(as_ana, ana):
    job = make_job(ana, items=4500)
    run_items(job, items=1)
    job.cancel(by=ana, door="api")

    lines = unprocessed(as_ana, job)[1:]

    assert [int(line[0]) for line in lines] == list(range(2, 4501))
    assert {line[3] for line in lines} == {"skipped"}


def test_names_and_errors_are_no_formulas(as_ana, ana):
    job = make_job(ana, items=2, fail=[1], error="=1+1")
    run_items(job)
    Item.objects.filter(job=job, position=1).update(name='@SUM("a", b)\nc')

    assert unprocessed(as_ana, job)[1] == ["1", '\'@SUM("a", b)\nc', "", "failed", "'=1+1"]


def test_it_is_a_download_named_after_the_job(as_ana, ana):
    job = make_job(ana, title='Käse "12"\r\nX: y')

    answer = as_ana.get(f"/api/jobs/{job.uuid}/unprocessed.csv")

    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == (
        'attachment; filename="K_se _12___X: y unprocessed.csv"; '
        "filename*=UTF-8''K%C3%A4se%20%2212%22%0D%0AX%3A%20y%20unprocessed.csv"
    )


def test_a_program_may_ask_for_csv(as_ana, ana):
    assert unprocessed(as_ana, make_job(ana), headers={"Accept": "text/csv"})[0] == HEADS


def test_it_is_its_owners_alone(as_ben, as_staff, as_nobody, ana):
    path = f"/api/jobs/{make_job(ana).uuid}/unprocessed.csv"

    assert [client.get(path).status_code for client in (as_ben, as_staff, as_nobody)] == [404, 404, 401]


def test_a_list_of_a_job_that_is_deleted_meanwhile_ends_with_a_line_in_the_log(as_ana, ana, caplog):
    job = make_job(ana)
    job.cancel(by=ana, door="api")
    sent = iter(as_ana.get(f"/api/jobs/{job.uuid}/unprocessed.csv"))

    begin = next(sent)
    caplog.clear()
    caplog.set_level("INFO")
    job.remove(by=ana, door="api")
    clear_removed_jobs()

    assert list(csv.reader([begin.decode(), *(piece.decode() for piece in sent)])) == [HEADS]
    assert caplog.messages == [f"Job {job.uuid} was deleted while a list of its files was downloaded"]
