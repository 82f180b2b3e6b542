"""The pictures in docs/states.md show the statuses and moves of the code."""

import re
from pathlib import Path

import pytest

from jobs import states

PAGE = Path(__file__).parents[2] / "docs" / "states.md"
ARROW = re.compile(r"^ +(\S+) --> (\w+)(?:: (.+))?$", re.MULTILINE)


def arrows(heading: str) -> list[tuple[str, str, str]]:
    """(source, target, words) of each arrow in the picture below a heading."""
    section = PAGE.read_text().split(f"\n## {heading}\n")[1].split("\n## ")[0]
    return ARROW.findall(section)


def test_the_picture_of_a_job_shows_every_move_of_the_table_and_no_other():
    drawn = {(verb, source, target) for source, target, verbs in arrows("Job") for verb in verbs.split(", ")}

    moves = {(verb, source, move.target) for verb, move in states.MOVES.items() for source in move.sources}
    assert drawn == moves | {("submit", "[*]", states.QUEUED)}


@pytest.mark.parametrize(
    ("heading", "statuses"),
    [("Phase", states.PHASE_STATUSES), ("Item", states.ITEM_STATUSES), ("Lane", ("waiting", "working", "ended"))],
)
def test_the_other_pictures_show_every_status_and_no_other(heading, statuses):
    drawn = {status for source, target, _ in arrows(heading) for status in (source, target)}

    assert drawn == {"[*]", *statuses}
