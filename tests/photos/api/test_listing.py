"""GET /api/photos."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jobs.errors import Refused
from photos.models import Photo
from tests.photos.pictures import dated_jpeg, picture

Add = Callable[..., Photo]


def list_names(client: Client, **wanted: str) -> list[str]:
    response = client.get("/api/photos", wanted)
    assert response.status_code == 200, response.content
    return [photo["name"] for photo in response.json()["results"]]


def test_photos_are_listed_newest_first(as_ana: Client, add: Add) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        add(name=name)

    assert list_names(as_ana) == ["c.jpg", "b.jpg", "a.jpg"]


def test_nobody_sees_the_photos_of_another_user(as_ben: Client, as_staff: Client, add: Add) -> None:
    add()

    assert list_names(as_ben) == list_names(as_staff) == []


def test_nobody_lists_photos_without_an_account(client: Client, db: None) -> None:
    assert client.get("/api/photos").status_code in (401, 403)


def test_pages_follow_each_other_and_miss_nothing_that_is_added_meanwhile(as_ana: Client, add: Add) -> None:
    for number in range(5):
        add(name=f"{number}.jpg")

    first = as_ana.get("/api/photos?limit=2").json()
    add(name="new.jpg")
    second = as_ana.get(first["next"]).json()
    third = as_ana.get(second["next"]).json()

    assert [[photo["name"] for photo in page["results"]] for page in (first, second, third)] == [
        ["4.jpg", "3.jpg"], ["2.jpg", "1.jpg"], ["0.jpg"],
    ]  # fmt: skip
    assert (first["previous"], third["next"]) == (None, None)
    assert urlsplit(second["previous"]).path == "/api/photos"


def test_a_search_looks_into_names_and_folders_whatever_the_case(as_ana: Client, add: Add) -> None:
    add(name="Beach.jpg")
    add(name="b.jpg", path="At the BEACH")
    add(name="ÜBUNG.jpg")
    add(name="100%.jpg")

    assert list_names(as_ana, search="beach") == ["b.jpg", "Beach.jpg"]
    assert list_names(as_ana, search="übung") == ["ÜBUNG.jpg"]
    assert list_names(as_ana, search="%") == ["100%.jpg"]
    assert list_names(as_ana, search="nothing") == []


@pytest.mark.parametrize("name", ["M\u00fcller.jpg", "Mu\u0308ller.jpg"])
@pytest.mark.parametrize("search", ["m\u00fcller", "Mu\u0308ller"])
def test_a_search_finds_an_accent_in_either_encoding(as_ana: Client, add: Add, name: str, search: str) -> None:
    add(name=name)

    assert list_names(as_ana, search=search) == ["M\u00fcller.jpg"]


def test_a_path_is_a_folder_with_those_below_it(as_ana: Client, add: Add) -> None:
    add(name="a.jpg", path="Trip")
    add(name="b.jpg", path="Trip/Day 1")
    add(name="c.jpg", path="Trip 2")
    add(name="d.jpg", path="trip")
    add(name="e.jpg")

    assert list_names(as_ana, path="Trip") == list_names(as_ana, path="/Trip/") == ["b.jpg", "a.jpg"]
    assert list_names(as_ana, path="Trip/Day 1/b.jpg") == ["b.jpg"]
    assert list_names(as_ana, path="Tr_p") == []


def test_a_set_is_what_was_uploaded_together(as_ana: Client, add: Add) -> None:
    add(name="a.jpg")
    photo = add(name="b.jpg")

    assert list_names(as_ana, set=str(photo.set.uuid)) == ["b.jpg"]


def test_format_category_and_kind_are_exact(as_ana: Client, add: Add) -> None:
    add(name="a.jpg")
    add(picture(".png"), name="b.png")
    Photo.objects.filter(name="a.jpg").update(category="Beach", kind=Photo.DOCUMENT)

    assert list_names(as_ana, format="png") == ["b.png"]
    assert list_names(as_ana, category="Beach") == list_names(as_ana, kind="document") == ["a.jpg"]
    assert list_names(as_ana, format="png", category="Beach") == []
    assert list_names(as_ana, format="", category="") == ["b.png", "a.jpg"]


def test_dates_include_the_days_that_are_named(as_ana: Client, add: Add) -> None:
    for day in (1, 2, 3):
        photo = add(name=f"{day}.jpg")
        Photo.objects.filter(pk=photo.pk).update(taken_at=datetime(2026, 5, day, 12, tzinfo=UTC))
    add(name="undated.jpg")

    assert list_names(as_ana, taken_after="2026-05-02") == ["3.jpg", "2.jpg"]
    assert list_names(as_ana, taken_before="2026-05-02") == ["2.jpg", "1.jpg"]
    assert list_names(as_ana, taken_after="2026-05-02T12:00:00Z", taken_before="2026-05-02T14:00:00+02:00") == ["2.jpg"]
    assert list_names(as_ana, taken_after="2026-05-02T12:00:01") == ["3.jpg"]
    assert len(list_names(as_ana, taken_after="0001-01-01", taken_before="9999-12-31")) == 3


def test_a_day_is_one_of_the_camera_s_own_clock_and_a_moment_is_one_everywhere(as_ana: Client, add: Add) -> None:
    add(dated_jpeg("2024:05:01 23:30:00", "-05:00"), name="evening.jpg")
    add(dated_jpeg("2024:05:02 00:30:00", "+09:00"), name="morning.jpg")

    assert list_names(as_ana, taken_after="2024-05-02") == ["morning.jpg"]
    assert list_names(as_ana, taken_before="2024-05-01") == ["evening.jpg"]
    assert list_names(as_ana, taken_after="2024-05-02T04:30:00Z") == ["evening.jpg"]
    assert list_names(as_ana, taken_before="2024-05-01T15:30:00Z") == ["morning.jpg"]


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", "exe"),
        ("format", "jxl"),  # such files are refused, so nobody has one
        ("kind", "film"),
        ("set", "1"),
        ("set", "{00000000-0000-7000-8000-000000000000}"),
        ("taken_after", "yesterday"),
        ("taken_after", "2026-02-30"),
        ("taken_before", "2026-02-30T00:00:00Z"),
        ("taken_before", "0001-01-01T00:00:00+14:00"),
        ("path", "x" * 1001),
        ("cursor", "x"),
        ("cursor", "cD1hYmM="),
        ("cursor", "cD05OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk="),
        ("cursor", "cj0xJnA9AA=="),
        ("cursor", "é"),
    ],
)
def test_an_invalid_filter_is_refused_with_the_name_of_its_key(as_ana: Client, key: str, value: str) -> None:
    response = as_ana.get("/api/photos", {key: value})

    assert response.status_code == 400
    assert list(response.json()["fields"]) == [key]


@pytest.mark.parametrize(
    "wanted", [[], "all", 1, {"search": 1}, {"search": ["a"]}, {"size": "1"}, {"search": "\ud800"}, {"search": "\0"}]
)
def test_a_filter_of_the_wrong_shape_is_refused(wanted: Any, db: None) -> None:
    with pytest.raises(Refused) as refused:
        Photo.objects.all().matching(wanted)
    assert refused.value.fields


def test_a_list_costs_the_same_statements_for_any_number_of_photos(
    as_ana: Client, add: Add, django_assert_num_queries: Any
) -> None:
    add()
    with django_assert_num_queries(4):  # session, person, keys, photos
        list_names(as_ana)
    for number in range(5):
        add(name=f"{number}.jpg")
    with django_assert_num_queries(4):
        list_names(as_ana)


@pytest.mark.parametrize("address", ["/api/photos", "/"])
def test_nothing_but_keys_is_sorted_to_find_the_photos_of_a_page(as_ana: Client, add: Add, address: str) -> None:
    add()

    with CaptureQueriesContext(connection) as sent:
        as_ana.get(address, {"taken_before": "2030-01-01"})

    sorting = [one["sql"] for one in sent if "ORDER BY" in one["sql"] and 'taken_at" <=' in one["sql"]]
    assert [sql.partition(" FROM ")[0] for sql in sorting] == ['SELECT "photos_photo"."id" AS "id"']
