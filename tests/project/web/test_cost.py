"""What pages cost: the same statements for any number of photos."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from photos.web import library

pytestmark = pytest.mark.django_db
STEPS = [{"operation": "resize", "options": {"longest_edge": 16}}]


@pytest.fixture(autouse=True)
def signed_in(client, ana):
    client.force_login(ana)
    client.get(reverse("recipes"))  # what is asked once in the life of a process


def statements(client, address, **query):
    """The SQL statements of a page."""
    with CaptureQueriesContext(connection) as queries:
        assert client.get(address, query).status_code == 200
    return [one["sql"] for one in queries]


def test_the_page_of_a_job_costs_the_same_for_any_number_of_files(client, ana, add_photo):
    jobs = []
    for _ in range(2):
        for _ in range(3):
            add_photo(ana)
        body = {"kind": "process", "photos": "all", "steps": STEPS}
        jobs.append(client.post(reverse("api:jobs"), body, content_type="application/json").json()["id"])

    few, many = (statements(client, reverse("job", args=[job]), show="waiting") for job in jobs)

    assert len(few) == len(many)


@pytest.mark.parametrize(("search", "counts"), [("no such photo", 0), ("beach", 0), ("img", 1)])
def test_photos_are_counted_only_where_a_page_does_not_hold_them_all(
    client, ana, add_photo, monkeypatch, search, counts
):
    monkeypatch.setattr(library, "PHOTOS_PER_PAGE", 2)
    for name in ("beach.jpg", "img1.jpg", "img2.jpg", "img3.jpg"):
        add_photo(ana, name)

    executed = statements(client, reverse("library"), search=search)

    assert sum("COUNT(" in sql and "photos_photo" in sql for sql in executed) == counts
