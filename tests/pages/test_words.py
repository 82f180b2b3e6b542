"""Numbers and times as a person reads them."""

from datetime import timedelta

import pytest

from jobs.templatetags.words import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.214, "0.21 s"), (12, "12 s"), (180, "3 min"), (7200, "2 h"), (7500, "2 h 5 min"), (10_799, "3 h")],
)
def test_a_span_of_time_in_words(seconds, words):
    assert duration(timedelta(seconds=seconds)) == words
