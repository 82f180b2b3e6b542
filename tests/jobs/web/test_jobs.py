"""The pages about jobs and the forms on them."""

import html
import re

import pytest
from django.urls import reverse
from uuid_utils.compat import uuid7

from jobs.models import Job
from tests.jobs.work import event_names, make_job, reload, run_items

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def signed_in(client, ana):
    client.force_login(ana)


def text_of(answer) -> str:
    """What a person reads of an answer, spaces as one."""
    words = re.sub(r"<[^>]+>", " ", answer.content.decode())
    return re.sub(r"\s+", " ", words)


def titles(answer) -> list[str]:
    """The jobs in a history, in their order."""
    return re.findall(r'class="title" href="[^"]+">([^<]+)<', answer.content.decode())


def way(answer, words) -> str | None:
    """Where a button of the history with those words leads."""
    link = re.search(rf'href="([^"]+)">{words}<', answer.content.decode())
    return link and html.unescape(link[1])


def post(client, name, *args, follow=True, **data):
    """Send a form and follow where it leads."""
    return client.post(reverse(name, args=args), data, follow=follow)


# ---------------------------------------------------------------- history


def test_the_history_is_newest_first_with_the_outcome_in_words(client, ana, stopped):
    make_job(ana, title="A newer one")

    answer = client.get(reverse("jobs"))

    assert titles(answer) == ["A newer one", "Three numbers"]
    assert re.search(r"1 done, 1 failed, 1 not started · stopped in \d+\.\d\d s", text_of(answer))


def test_the_history_can_be_filtered_by_status(client, ana, stopped):
    make_job(ana, title="Still waiting")
    stopped.dismiss()

    assert titles(client.get(reverse("jobs"), {"status": "cancelled"})) == ["Three numbers"]
    assert titles(client.get(reverse("jobs"), {"status": "active"})) == ["Still waiting"]
    assert titles(client.get(reverse("jobs"))) == ["Still waiting", "Three numbers"]


def test_the_history_goes_on_on_another_page(client, ana):
    for number in range(27):
        run_items(make_job(ana, items=1, title=f"Batch {number:02}"))

    first = client.get(reverse("jobs")).content.decode()
    older = re.search(r'href="(/jobs\?before=[^"]+)"', first)
    second = text_of(client.get(older[1]))

    assert "Batch 26" in first
    assert "Batch 01" not in first
    assert "Batch 01" in second
    assert "Older jobs" not in second


def test_older_and_newer_jobs_stay_within_the_filter(client, ana):
    for number in range(28):
        make_job(ana, title=f"Batch {number:02}")
        run_items(make_job(ana, items=1, title="Done"))

    first = client.get(reverse("jobs"), {"status": "active"})
    second = client.get(way(first, "Older jobs"))
    third = client.get(way(second, "Newer jobs"))

    assert titles(second) == ["Batch 02", "Batch 01", "Batch 00"]
    assert titles(third) == titles(first) == [f"Batch {number:02}" for number in range(27, 2, -1)]
    assert [way(first, "Newer jobs"), way(second, "Older jobs"), way(third, "Newer jobs")] == [None, None, None]


def test_a_job_that_is_gone_is_no_place_to_begin_at(client, ana, stopped):
    for place in ("before", "after"):
        assert titles(client.get(reverse("jobs"), {place: str(uuid7())})) == ["Three numbers"]


def test_a_verb_for_several_jobs_leads_back_to_the_filter(client, ana, stopped):
    page = client.get(reverse("jobs"), {"status": "cancelled"}).content.decode()
    resume = re.search(r'formaction="([^"]+)">Resume selected', page)

    answer = client.post(resume[1], {"selected": "yes", "jobs": [str(stopped.uuid)]})

    assert answer["Location"] == "/jobs?status=cancelled"
    assert reload(stopped).status == "queued"


def test_a_row_refreshes_itself_until_the_job_is_over(client, ana):
    job = make_job(ana)
    assert "every 2s" in client.get(reverse("job-row", args=[job.uuid])).content.decode()

    run_items(job)

    assert "every 2s" not in client.get(reverse("job-row", args=[job.uuid])).content.decode()


def test_selected_jobs_are_cancelled_and_others_left(client, ana):
    one, two, three = (make_job(ana) for _ in range(3))

    answer = post(client, "jobs-cancel", selected="yes", jobs=[str(one.uuid), str(two.uuid)])

    assert "2 jobs were cancelled" in text_of(answer)
    assert [reload(job).status for job in (one, two, three)] == ["cancelled", "cancelled", "queued"]


def test_jobs_that_were_cancelled_already_are_not_counted(client, ana, stopped):
    running = make_job(ana)
    both = [str(stopped.uuid), str(running.uuid)]

    assert "1 job was cancelled" in text_of(post(client, "jobs-cancel", selected="yes", jobs=both))
    assert "Nothing is running" in text_of(post(client, "jobs-cancel", selected="yes", jobs=both))


def test_cancelling_a_selection_of_none_cancels_nothing(client, ana):
    job = make_job(ana)

    answer = post(client, "jobs-cancel", selected="yes")

    assert "No job is selected" in text_of(answer)
    assert reload(job).status == "queued"


def test_cancel_all_without_script_says_how_many(client, ana):
    jobs = [make_job(ana) for _ in range(3)]

    answer = post(client, "jobs-cancel")

    assert answer.redirect_chain == [(reverse("settings"), 302)]
    assert "3 jobs were cancelled" in text_of(answer)
    assert {reload(job).status for job in jobs} == {"cancelled"}
    assert "Nothing is running" in text_of(post(client, "jobs-cancel"))


def test_a_selection_is_resumed_and_deleted_where_that_is_possible(client, ana, stopped):
    done = make_job(ana, items=1, title="All done")
    run_items(done)
    both = [str(stopped.uuid), str(done.uuid), "no id"]

    words = text_of(post(client, "jobs-resume", selected="yes", jobs=both))
    assert "1 job was resumed" in words
    assert "All done: There is nothing left to do." in words

    words = text_of(post(client, "jobs-delete", selected="yes", jobs=both))
    assert "1 job was deleted" in words
    assert list(Job.objects.values_list("title", flat=True)) == ["Three numbers"]


@pytest.mark.parametrize("verb", ["cancel", "resume", "delete"])
def test_a_form_that_names_too_many_jobs_is_told_so_and_does_nothing(client, ana, stopped, monkeypatch, verb):
    monkeypatch.setattr("jobs.web.views.MAX_SELECTED_IDS", 2)
    running = make_job(ana, title="Still waiting")
    ids = [str(stopped.uuid), str(running.uuid), "no id"]

    words = text_of(post(client, f"jobs-{verb}", selected="yes", jobs=ids))

    assert "Select at most 10,000 jobs at once. Nothing was done." in words
    assert [reload(job).status for job in (stopped, running)] == ["cancelled", "queued"]


# ---------------------------------------------------------------- one job


def test_the_page_of_a_job_tells_its_outcome_files_and_history(client, stopped):
    words = text_of(client.get(reverse("job", args=[stopped.uuid])))

    assert "1 done, 1 failed, 1 not started" in words
    assert "Cancelled by user" in words
    for event in ("Submitted by ana through the API", "Started", "Cancelled by ana", "Stopped completely after 0"):
        assert event in words


def test_a_line_of_the_history_without_an_author_begins_with_what_happened(client, stopped):
    page = client.get(reverse("job", args=[stopped.uuid])).content.decode()

    assert re.search(r"<span>after [\d.]+ s</span>", page)


def test_a_phase_that_never_began_is_given_no_count(client, ana):
    job = make_job(ana, items=3, phases=["process", "classify"])
    run_items(job, items=1)
    job.cancel(by=ana, door="page")

    words = text_of(client.get(reverse("job", args=[job.uuid])))
    assert "Process: cancelled 1 of 3 Classify: cancelled Resume" in words


def test_failures_are_grouped_by_reason(client, stopped):
    words = text_of(client.get(reverse("job", args=[stopped.uuid]), {"show": "failed"}))

    assert "This number is odd. 1 file" in words


@pytest.mark.parametrize("show", ["succeeded", "failed", "skipped", "waiting", "nonsense"])
def test_files_are_shown_by_outcome(client, stopped, show):
    page = client.get(reverse("job", args=[stopped.uuid]), {"show": show}).content.decode()

    assert page.count('class="mark-of"') == (0 if show == "waiting" else 1)


def test_htmx_is_given_only_the_part_it_asks_for(client, stopped):
    address = reverse("job", args=[stopped.uuid])

    live = client.get(address, headers={"HX-Request": "true", "HX-Target": "job-live"}).content.decode()
    details = client.get(address, headers={"HX-Request": "true", "HX-Target": "job-details"}).content.decode()

    assert live.strip().startswith('<section id="job-live"')
    assert details.strip().startswith('<div id="job-details"')
    assert "<html" not in live + details


def test_a_browser_keeps_no_part_of_a_page_in_place_of_the_page(client, stopped):
    address = reverse("job", args=[stopped.uuid])

    part = client.get(address, headers={"HX-Request": "true", "HX-Target": "job-live"})
    page = client.get(address)

    assert "no-store" in part["Cache-Control"]
    assert "Cache-Control" not in page
    for answer in (part, page):
        assert {"HX-Request", "HX-Target"} <= set(answer["Vary"].split(", "))


def test_a_job_page_refreshes_itself_until_the_job_is_over(client, ana):
    job = make_job(ana)
    address = reverse("job", args=[job.uuid])
    assert "every 1s" in client.get(address).content.decode()

    run_items(job)

    assert "every" not in re.findall(r'hx-trigger="([^"]*)"', client.get(address).content.decode())[0]


def test_cancel_by_form_is_followed_by_the_warning_on_the_next_page(client, ana):
    job = make_job(ana)

    answer = post(client, "job-cancel", job.uuid, finish="on")

    assert reload(job).status == "cancelled"
    assert reload(job).finish_in_hand
    assert "Job was cancelled" in text_of(answer)
    event = job.events.get(event="cancel")
    assert (event.actor, event.door) == ("ana", "page")


def test_cancelling_by_form_what_has_completed_says_so(client, ana):
    job = make_job(ana)
    run_items(job)

    assert "Job not found or already completed" in text_of(post(client, "job-cancel", job.uuid))


def test_cancelling_by_form_what_is_not_ones_own_says_the_same(client, ben):
    job = make_job(ben)

    assert "Job not found or already completed" in text_of(post(client, "job-cancel", job.uuid))
    assert reload(job).status == "queued"


def test_resume_by_form(client, stopped):
    answer = post(client, "job-resume", stopped.uuid)

    assert answer.redirect_chain[-1][0] == reverse("job", args=[stopped.uuid])
    assert reload(stopped).status == "queued"
    assert "Job was cancelled" not in text_of(answer)


def test_retry_by_form_for_one_reason(client, stopped):
    assert "no failed file" in text_of(post(client, "job-retry", stopped.uuid, reason="Another reason"))

    post(client, "job-retry", stopped.uuid, reason="This number is odd.")

    assert event_names(stopped)[-1] == "retry"


def test_delete_by_form_needs_a_job_at_rest(client, ana, stopped):
    running = make_job(ana, title="Still waiting")

    assert "has not ended" in text_of(post(client, "job-delete", running.uuid))
    assert "Three numbers was deleted" in text_of(post(client, "job-delete", stopped.uuid))
    assert list(Job.objects.all()) == [running]


# ---------------------------------------------------------------- the warning


def test_the_warning_stands_on_every_page_until_dismissed(client, stopped):
    for name in ("library", "jobs", "settings"):
        words = text_of(client.get(reverse(name)))
        assert "Job was cancelled" in words
        assert "1 done, 1 failed, 1 not started." in words

    post(client, "job-dismiss", stopped.uuid)

    assert "Job was cancelled" not in text_of(client.get(reverse("library")))


def test_a_script_dismisses_without_being_sent_anywhere(client, stopped):
    address = reverse("job-dismiss", args=[stopped.uuid])

    assert client.post(address, headers={"Accept": "application/json"}).status_code == 204
    assert client.get(reverse("job-notice", args=[stopped.uuid])).content == b""


@pytest.mark.parametrize("verb", ["cancel", "resume", "retry", "delete"])
def test_a_job_that_is_deleted_while_a_verb_is_on_its_way_is_told_as_gone(client, ana, monkeypatch, verb):
    job = make_job(ana)
    job.cancel(by=ana, door="page")
    client.force_login(ana)
    found = Job.locked

    def deleted_meanwhile(self):
        Job.objects.filter(pk=self.pk).delete()
        return found(self)

    monkeypatch.setattr(Job, "locked", deleted_meanwhile)

    answer = client.post(reverse(f"job-{verb}", args=[job.uuid]))

    assert answer.status_code == 302
    assert "Job not found" in client.get(reverse("jobs")).content.decode()


# ---------------------------------------------------------------- attempts


def test_a_file_that_was_tried_again_tells_its_attempts(client, ana):
    job = make_job(ana, items=2, fail=[1], fail_attempts=1)
    run_items(job)
    job.retry(by=ana, door="page")
    run_items(job)

    page = client.get(reverse("job", args=[job.uuid])).content.decode()
    address = reverse("job-attempts", args=[job.uuid, 1])
    told = text_of(client.get(address))

    assert page.count("<summary") == 1 + page.count('class="menu"')
    assert address in page
    assert re.search(r"1\. This number cannot be counted\. .* 2\. Done", told)


def test_attempts_of_somebody_elses_file_are_not_found(client, ben, stopped):
    client.force_login(ben)

    assert client.get(reverse("job-attempts", args=[stopped.uuid, 1])).status_code == 404


def test_attempts_at_a_file_that_is_not_there_are_not_found(client, stopped):
    assert client.get(reverse("job-attempts", args=[stopped.uuid, 99])).status_code == 404
