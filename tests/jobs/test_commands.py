"""`manage.py jobs`."""

import json
import threading
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from jobs.models import Job, JobPhase
from tests.jobs.api.test_submit import KEYS
from tests.jobs.work import event_names, make_job, reload, run_items, statuses, take_turn

pytestmark = pytest.mark.django_db


def run(*words):
    """What the command says."""
    out = StringIO()
    call_command("jobs", *map(str, words), stdout=out)
    return out.getvalue()


def told(*words):
    """What the command says as JSON."""
    return json.loads(run(*words, "--json"))


def test_list_has_the_newest_first_and_everybodys(ana, ben, capsys):
    first, second = make_job(ana, title="first"), make_job(ben, title="second")

    run("list")

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [str(second.uuid), str(first.uuid)]
    assert [job["id"] for job in told("list")] == [str(second.uuid), str(first.uuid)]
    assert list(told("list")[0]) == KEYS
    assert len(told("list", "--limit", "1")) == 1
    assert told("list", "--limit", "-1") == []


def test_list_tells_a_job_in_one_whole_line_however_narrow_the_terminal(ana, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    job = make_job(ana, items=56, title="Resize, Convert, Strip metadata: 56 photos")

    run("list")

    line = capsys.readouterr().out.splitlines()[1].rstrip()
    assert line.split(maxsplit=7) == [str(job.uuid), "queued", "0", "0", "0", "56", "ana", job.title]


def test_show_tells_a_job_and_its_history(ana):
    job = make_job(ana)
    run_items(job, items=1)
    job.cancel(by=ana, door="page", reason="wrong folder")

    text, shown = run("show", job.uuid), told("show", job.uuid)

    assert text.splitlines()[0] == "3 numbers: cancelled, 1 done, 0 failed, 2 not started of 3"
    assert "cancel by ana (page) wrong folder" in text
    assert list(shown) == [*KEYS, "events"]
    assert [event["event"] for event in shown["events"]] == ["submit", "start", "cancel", "settle"]


def test_watch_tells_how_a_job_ended(ana):
    job = make_job(ana)
    run_items(job)

    assert run("watch", job.uuid).startswith("3 numbers: completed, 3 done")
    assert told("watch", job.uuid)["status"] == "completed"


@pytest.mark.usefixtures("broker_in_memory")
@pytest.mark.django_db(transaction=True)
def test_watch_follows_a_job_until_it_ends(ana):
    job = make_job(ana)

    def end() -> None:
        job.cancel(by=None, door="command")
        connection.close()

    timer = threading.Timer(0.5, end)
    timer.start()
    try:
        assert run("watch", job.uuid).startswith("3 numbers: cancelled")
    finally:
        timer.join()


def test_cancel_stops_a_job_by_the_command_and_once_more_is_no_error(ana):
    job = make_job(ana)

    assert run("cancel", job.uuid) == "3 numbers: cancelled, 0 done, 0 failed, 3 not started of 3\n"
    assert told("cancel", job.uuid)["status"] == "cancelled"

    event = job.events.get(event="cancel")
    assert (event.actor, event.door) == ("", "command")
    assert reload(job).error == "Cancelled by user"


def test_cancel_all_stops_everybodys_jobs_or_one_persons(ana, ben):
    jobs = [make_job(ana), make_job(ana), make_job(ben)]

    assert run("cancel-all", "--user", "ana") == "2 jobs were cancelled\n"
    assert [reload(job).status for job in jobs] == ["cancelled", "cancelled", "queued"]
    assert run("cancel-all") == "1 job was cancelled\n"
    assert run("cancel-all") == "Nothing is running\n"
    assert told("cancel-all") == {"success": True, "cancelled": 0}


def test_resume_goes_on_with_what_is_left(ana):
    job = make_job(ana)
    job.cancel(by=ana, door="page")

    assert told("resume", job.uuid)["status"] == "queued"

    run_items(job)
    assert statuses(job) == ["succeeded"] * 3
    assert job.events.get(event="resume").door == "command"


def test_retry_does_failed_files_again(ana):
    job = make_job(ana, fail=[2], fail_attempts=1)
    run_items(job)

    assert run("retry", job.uuid) == "3 numbers: queued, 2 done, 0 failed, 0 not started of 3\n"

    run_items(job)
    assert statuses(job) == ["succeeded"] * 3


def test_what_is_not_possible_is_told_in_one_sentence(ana):
    job, stopping = make_job(ana), make_job(ana)
    run_items(job)
    take_turn(stopping).claim(1)
    stopping.cancel(by=ana, door="page")

    for words, sentence in (
        (("cancel", job.uuid), "A job that is completed cannot be cancelled."),
        (("resume", job.uuid), "There is nothing left to do."),
        (("retry", job.uuid), "There is no failed file to retry."),
        (("resume", stopping.uuid), "The job is still stopping: it can be resumed in a moment."),
    ):
        with pytest.raises(CommandError) as refused:
            run(*words)
        assert str(refused.value) == sentence
        assert refused.value.returncode == 1
    assert event_names(job) == ["submit", "start", "finish"]


@pytest.mark.parametrize("verb", ["show", "watch", "cancel", "resume", "retry"])
@pytest.mark.parametrize("name", ["nonsense", "0", "é", "", "01a1fea9-03c5-7185-8b63-8b2ce4dbde49"])
def test_a_wrong_id_is_told_in_one_sentence(db, verb, name):
    with pytest.raises(CommandError) as refused:
        run(verb, name)

    assert str(refused.value) == (f"There is no job {name}." if name else "There is no job without an id.")


def test_a_user_who_does_not_exist_is_told(ana):
    make_job(ana)

    with pytest.raises(CommandError, match=r"There is no user 'nobody'\."):
        run("cancel-all", "--user", "nobody")


@pytest.mark.parametrize("words", [[], ["juggle"], ["show"], ["list", "--limit", "x"]])
def test_words_that_make_no_command_are_told(db, words):
    with pytest.raises(CommandError):
        run(*words)


def test_verify_finds_nothing_wrong_with_what_the_engine_did(ana):
    job = make_job(ana, items=3, fail=[2], phases=["process", "classify", "catalogue"])
    run_items(job)
    make_job(ana).cancel(by=ana, door="page")

    assert run("verify") == "2 jobs, 0 of them do not add up\n"
    assert told("verify") == {"jobs": 2, "differences": {}}


def test_verify_says_nothing_of_a_job_that_is_deleted_meanwhile(ana, monkeypatch):
    make_job(ana)
    usual = Job.locked

    def deleted_first(job):
        Job.objects.filter(pk=job.pk).delete()
        return usual(job)

    monkeypatch.setattr(Job, "locked", deleted_first)

    assert run("verify") == "0 jobs, 0 of them do not add up\n"


@pytest.mark.askew
def test_verify_tells_what_does_not_add_up_and_ends_with_1(ana):
    job = make_job(ana)
    run_items(job)
    JobPhase.objects.filter(job=job).update(succeeded=2)

    with pytest.raises(SystemExit) as ended:
        run("verify")

    assert ended.value.code == 1
