"""PATCH /api/photos: many photos into a category at once."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from photos.models import Photo
from tests.photos.pictures import picture

Add = Callable[..., Photo]


def correct(client: Client, **body: Any) -> Any:
    return client.patch("/api/photos", body, content_type="application/json")


def categories(client: Client) -> dict[str, str]:
    return {photo["name"]: photo["category"] for photo in client.get("/api/photos").json()["results"]}


def test_selected_photos_are_put_into_a_category(as_ana: Client, add: Add) -> None:
    first, second, _ = (add(name=name) for name in ("a.jpg", "b.jpg", "c.jpg"))

    answer = correct(as_ana, photos=[str(first.uuid), str(second.uuid)], category=" Beach ")

    assert (answer.status_code, answer.json()) == (200, {"changed": 2})
    assert categories(as_ana) == {"a.jpg": "Beach", "b.jpg": "Beach", "c.jpg": ""}
    assert Photo.objects.filter(corrected_at__isnull=False).count() == 2


def test_categories_that_look_alike_are_one(as_ana: Client, add: Add) -> None:
    first, second = add(name="a.jpg"), add(name="b.jpg")
    correct(as_ana, photos=[str(first.uuid)], category="Caf\u00e9")
    correct(as_ana, photos=[str(second.uuid)], category="Cafe\u0301")

    assert set(categories(as_ana).values()) == {"Caf\u00e9"}
    for asked in ("Caf\u00e9", "Cafe\u0301"):
        assert len(as_ana.get("/api/photos", {"category": asked}).json()["results"]) == 2


def test_a_category_that_grows_by_being_normalised_still_fits(as_ana: Client, add: Add) -> None:
    """Some letters have no code of their own in that form, but two."""
    photo = add()

    assert correct(as_ana, photos=[str(photo.uuid)], category="\ufb1d" * 100).status_code == 200
    assert categories(as_ana)["a.jpg"] == "\u05d9\u05b4" * 50


def test_all_photos_that_match_a_filter_are_put_into_a_category(
    as_ana: Client, add: Add, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("photos.models.photo.CORRECTION_BATCH_SIZE", 2)
    for number in range(5):
        add(name=f"{number}.jpg")
    add(picture(".png"), name="other.png")

    answer = correct(as_ana, photos="all", filter={"format": "jpeg"}, category="Beach")

    assert answer.json() == {"changed": 5}
    assert categories(as_ana)["other.png"] == ""
    assert correct(as_ana, photos="all", filter={"category": "Beach"}, category="").json() == {"changed": 5}


def test_nobody_changes_the_photos_of_another_user(as_ben: Client, as_staff: Client, as_ana: Client, add: Add) -> None:
    photo = add()

    for client in (as_ben, as_staff):
        assert correct(client, photos=[str(photo.uuid)], category="x").status_code == 400
        assert correct(client, photos="all", category="x").status_code == 400
    assert categories(as_ana) == {"a.jpg": ""}
    assert correct(Client(), photos="all", category="x").status_code in (401, 403)


@pytest.mark.parametrize(
    "body",
    [
        {"photos": "all"}, {"category": "x"}, {"photos": [], "category": "x"}, {"photos": "all", "category": None},
        {"photos": "all", "category": "x" * 101}, {"photos": "all", "category": ["x"]},
        {"photos": "all", "filter": {"kind": "sculpture"}, "category": "x"}, {"photos": [7], "category": "x"},
        *({"photos": "all", "filter": wrong, "category": "x"} for wrong in ([], "", 0, False)),
    ],
)  # fmt: skip
def test_an_invalid_change_is_refused(as_ana: Client, add: Add, body: dict[str, Any]) -> None:
    add()

    answer = correct(as_ana, **body)

    assert answer.status_code == 400, answer.content
    assert answer.json()["error"]
    assert Photo.objects.get().corrected_at is None


@pytest.mark.parametrize("body", ["", "{", "[]", "null", "x=1"])
def test_a_change_that_is_not_an_object_is_refused(as_ana: Client, add: Add, body: str) -> None:
    add()

    answer = as_ana.patch("/api/photos", body, content_type="application/json")

    assert answer.status_code == 400
    assert answer.json()["error"]
