"""Numbers and times as a person reads them."""

from datetime import timedelta

import pytest

from jobs.templatetags.words import duration, outcome
from tests.engine.work import fresh, make_job, take


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
    lane = take(job)
    if in_hand:
        lane.claim(in_hand)

    job.cancel(by=ana, door="page", **choices)

    assert outcome(fresh(job)).endswith(f"to go · {words}" if in_hand else f"skipped · {words}")
