"""The history tells a button of a page from a program, though both speak to the API."""

import pytest

from jobs.models import Event, Job
from project.accounts.models import Token
from tests.jobs.conftest import Caller
from tests.jobs.work import run_items

pytestmark = pytest.mark.django_db


def told_of(caller):
    """Use every verb once through the API; what the history says of each, with its door."""
    body = {"kind": "counting", "items": 1, "fail": [1]}
    job, other = (caller.send("post", "/api/jobs", body).json()["id"] for _ in range(2))
    caller.send("post", f"/api/jobs/{job}/cancel")
    caller.send("post", f"/api/jobs/{job}/resume")
    run_items(Job.objects.get(uuid=job))
    caller.send("post", f"/api/jobs/{job}/retry")
    caller.send("post", "/api/jobs/cancel")
    told = set(Event.objects.exclude(door="worker").values_list("event", "door"))
    caller.send("delete", f"/api/jobs/{other}")
    return told | set(Event.objects.filter(event="delete").values_list("event", "door"))


def every_verb(door):
    return {(verb, door) for verb in ("submit", "cancel", "resume", "retry", "delete")}


def test_what_a_page_does_for_a_person_came_through_the_page(ana):
    assert told_of(Caller(ana, headers={"Stopbath-Door": "page"})) == every_verb("page")


@pytest.mark.parametrize("door", ["", "admin"])
def test_a_program_with_a_session_came_through_the_api_whatever_door_it_names(ana, door):
    assert told_of(Caller(ana, headers={"Stopbath-Door": door})) == every_verb("api")


def test_a_program_with_a_token_came_through_the_api_even_if_it_says_otherwise(ana):
    _, key = Token.make(ana)

    caller = Caller(headers={"Authorization": f"Token {key}", "Stopbath-Door": "page"})

    assert told_of(caller) == every_verb("api")
