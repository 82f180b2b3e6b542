"""Numbers and times as a person reads them."""

from datetime import timedelta

import pytest

from jobs.kinds import registry
from jobs.templatetags.formatting import duration, event_author, event_detail, event_headline, outcome
from jobs.templatetags.sentences import script_sentences
from jobs.wording import quantity
from tests.jobs.work import make_job, reload, run_items, take_turn


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.214, "0.21 s"), (12, "12 s"), (180, "3 min"), (7200, "2 h"), (7500, "2 h 5 min"), (10_799, "3 h")],
)
def test_a_span_of_time_in_words(seconds, words):
    assert duration(timedelta(seconds=seconds)) == words


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("choices", "in_hand", "words"),
    [
        ({}, 2, "Cancelling… stopping 2 files"),
        ({"finish": True}, 1, "Cancelling… finishing 1 file"),
        ({"discard": True}, 2, "Cancelling… stopping 2 files"),
        ({"discard": True}, 0, "Cancelling… discarding what was made"),
    ],
)
def test_a_job_that_is_being_cancelled_says_what_it_still_does(ana, choices, in_hand, words):
    job = make_job(ana, items=10)
    lane = take_turn(job)
    if in_hand:
        lane.claim(in_hand)

    job.cancel(by=ana, door="page", **choices)

    assert outcome(reload(job)).endswith(f"remaining · {words}" if in_hand else f"not started · {words}")


@pytest.mark.django_db
def test_the_history_says_whose_doing_a_line_was_and_how_quickly_a_job_stopped(ana, ben):
    job = make_job(ana, items=3, phases=["process", "classify"])
    run_items(job, items=4)
    job.cancel(by=ben, door="admin")
    job.events.filter(event="settle").update(counts={"stopped_in_seconds": 0.214})

    lines = {
        event.event: (event_headline(event), event_author(event), event_detail(event)) for event in job.events.all()
    }

    assert lines == {
        "submit": ("Submitted", "by ana through the API", ""),
        "start": ("Started", "", ""),
        "phase": ("Classifying began", "", ""),
        "cancel": ("Cancelled", "by ben in the administration", "In phase classify"),
        "settle": ("Stopped completely", "", "after 0.21 s"),
    }


@pytest.mark.django_db
def test_who_has_no_name_is_told_by_the_door(ana):
    job = make_job(ana)
    job.cancel(by=None, door="command")

    assert event_author(job.events.get(event="cancel")) == "from the shell"


def test_the_progress_window_is_told_the_phases_of_every_kind():
    phases = script_sentences()["phases"]

    assert set(phases) == set(registry)
    assert phases["counting"] == {
        "process": {"title": "Processing Files…", "follows_files": True},
        "classify": {"title": "Classifying…", "follows_files": True},
        "catalogue": {"title": "Building the catalogue…", "follows_files": False},
    }


@pytest.mark.parametrize(
    ("number", "noun", "words"),
    [(0, "file", "0 files"), (1, "file", "1 file"), (1248, "photo", "1,248 photos"), (2, "process", "2 processes")],
)
def test_a_count_in_words(number, noun, words):
    assert quantity(number, noun) == words
