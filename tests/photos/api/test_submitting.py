"""POST /api/jobs with the kind process."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jobs.models import Job
from jobs.models.items_page import items_after, unprocessed_items
from photos.models import Photo
from photos.recipes.built_in import BUILT_IN_RECIPES
from tests.photos.api.test_recipes import RESIZE, save
from tests.photos.pictures import picture

Add = Callable[..., Photo]
JSON = "application/json"


def submit(client: Client, **body: Any) -> Any:
    request = {"kind": "process", "steps": RESIZE} | body
    return client.post("/api/jobs", {k: v for k, v in request.items() if v != "absent"}, content_type=JSON)


def test_selected_photos_keep_their_order_and_count_once(as_ana: Client, add: Add) -> None:
    first, second, third = (add(name=name) for name in ("a.jpg", "b.jpg", "c.jpg"))

    response = submit(as_ana, photos=[str(photo.uuid) for photo in (third, first, third, second, first)])

    assert response.status_code == 201, response.content
    assert response.json()["total"] == 3
    assert Job.objects.get().spec["photos"] == [third.pk, first.pk, second.pk]


def test_all_photos_are_those_that_match_now(as_ana: Client, add: Add) -> None:
    add(name="a.jpg")
    add(picture(".png"), name="b.png")

    everything = submit(as_ana, photos="all").json()
    some = submit(as_ana, photos="all", filter={"format": "png"}).json()
    others = submit(as_ana, photos="absent", filter={"format": "jpeg"}).json()

    assert (everything["total"], some["total"], others["total"]) == (2, 1, 1)
    assert everything["title"] == "Resize: 2 photos"


def test_a_recipe_is_submitted_as_its_steps(as_ana: Client, add: Add) -> None:
    add()

    response = submit(as_ana, photos="all", steps="absent", recipe=save(as_ana)["id"], title="  Small   ones ")

    assert response.json()["title"] == "Small ones"
    assert Job.objects.get().spec["steps"] == RESIZE


def test_a_job_is_called_after_its_recipe(as_ana: Client, add: Add) -> None:
    add()
    save(as_ana, name="Tiny \x1b[31m\u202eones")

    def submit_titled(**body: Any) -> str:
        title: str = submit(as_ana, photos="all", **body).json()["title"]
        return title

    web = BUILT_IN_RECIPES[0]
    assert submit_titled(steps="absent", recipe=web.id) == "Web gallery: 1 photo"
    # As the page sends it: with the options that the recipe leaves out.
    resize = {"longest_edge": 2048, "enlarge": False}
    assert submit_titled(steps=[{"operation": "resize", "options": resize}, *web.steps[1:]]) == "Web gallery: 1 photo"
    assert submit_titled(steps=RESIZE) == "Tiny [31mones: 1 photo"
    changed = {"longest_edge": 2047}
    assert submit_titled(steps=[{"operation": "resize", "options": changed}, *web.steps[1:]]) == (
        "Resize, Convert, Strip metadata: 1 photo"
    )
    assert submit_titled(steps=[], classify=True) == "Classify: 1 photo"


def test_a_job_is_not_called_after_the_recipe_of_another_user(as_ana: Client, as_ben: Client, add: Add) -> None:
    add()
    save(as_ben, name="Secret plan")

    assert submit(as_ana, photos="all").json()["title"] == "Resize: 1 photo"


def test_of_two_recipes_with_the_same_steps_the_one_that_was_asked_for_names_the_job(as_ana: Client, add: Add) -> None:
    add()
    first, later = (save(as_ana, name=name) for name in ("First", "Later"))

    titles = [submit(as_ana, photos="all", steps="absent", recipe=one["id"]).json()["title"] for one in (first, later)]

    assert titles == ["First: 1 photo", "Later: 1 photo"]
    assert submit(as_ana, photos="all").json()["title"] == "Later: 1 photo"


def test_the_photos_of_another_user_cannot_be_submitted(as_ben: Client, as_staff: Client, add: Add) -> None:
    photo = add()

    for client in (as_ben, as_staff):
        for response in (submit(client, photos=[str(photo.uuid)]), submit(client, photos="all")):
            assert response.status_code == 400
    assert not Job.objects.exists()


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"photos": "absent"}, "photos"),
        ({"photos": []}, "photos"),
        ({"photos": "some"}, "photos"),
        ({"photos": {"a": 1}}, "photos"),
        ({"photos": ["nonsense"]}, "photos"),
        ({"photos": [1, None, [], {}]}, "photos"),
        ({"photos": ["01890000-0000-7000-8000-000000000000"]}, "photos"),
        ({"photos": ["x"] * 10_001}, "photos"),
        ({"photos": "all", "filter": {"format": "gif"}}, "filter"),
        ({"photos": "all", "filter": {"format": "exe"}}, "format"),
        ({"photos": "all", "filter": {"formt": "gif"}}, "formt"),
        ({"photos": "all", "filter": ["gif"]}, "filter"),
        ({"photos": "all", "filter": "gif"}, "filter"),
        ({"photos": "all", "steps": []}, "steps"),
        ({"photos": "all", "steps": "absent"}, "steps"),
        ({"photos": "all", "recipe": "nonsense"}, "recipe"),
        ({"photos": "all", "steps": "absent", "recipe": "nonsense"}, "recipe"),
        ({"photos": "all", "steps": "absent", "recipe": ["x"]}, "recipe"),
        ({"photos": "all", "classify": "yes"}, "classify"),
        ({"photos": "all", "catalogue": "yes"}, "catalogue"),
        *(({"photos": "all", "filter": wrong}, "filter") for wrong in ([], "", 0, False)),
        *(({"photos": ["01890000-0000-7000-8000-000000000000"], "filter": wrong}, "filter") for wrong in ([], 0)),
        *(({"photos": "all", "steps": "absent", "recipe": wrong}, "recipe") for wrong in ("", 0, False, [], {})),
        *(({"photos": "all", "recipe": wrong}, "recipe") for wrong in ("", 0)),
        *(({"photos": "all", "title": wrong}, "title") for wrong in (0, False, [], {})),
        ({"photos": "all", "title": ["x"]}, "title"),
        ({"photos": "all", "title": "x" * 201}, "title"),
    ],
)
def test_an_invalid_submit_is_refused_and_nothing_is_submitted(
    as_ana: Client, add: Add, body: dict[str, Any], field: str
) -> None:
    add()

    response = submit(as_ana, **body)

    assert response.status_code == 400, response.content
    assert field in response.json()["fields"]
    assert not Job.objects.exists()


@pytest.mark.parametrize("absent", [{"filter": None}, {"filter": {}}, {"title": None}, {"title": ""}, {"recipe": None}])
def test_empty_values_of_a_submit_are_ignored(as_ana: Client, add: Add, absent: dict[str, Any]) -> None:
    photo = add()

    for photos in ("all", [str(photo.uuid)]):
        response = submit(as_ana, photos=photos, **absent)
        assert (response.status_code, response.json()["title"]) == (201, "Resize: 1 photo")


def test_one_missing_photo_refuses_all(as_ana: Client, as_ben: Client, add: Add) -> None:
    mine, theirs = add(), add(client=as_ben)

    response = submit(as_ana, photos=[str(mine.uuid), str(theirs.uuid)])

    assert response.status_code == 400
    assert response.json()["error"] == "One of the photos does not exist."


def test_an_empty_library_has_nothing_to_process(as_ana: Client) -> None:
    assert submit(as_ana, photos="all").json()["error"] == "No photo matches."


def test_unplanned_photos_are_listed_without_reading_one_twice(as_ana: Client, ana: object, add: Add) -> None:
    names = [add(name=f"{number}.jpg").name for number in range(5)]
    submit(as_ana, photos="all")
    job = Job.objects.get()
    job.cancel(by=ana, door="api")
    job.refresh_from_db()

    with CaptureQueriesContext(connection) as sent:
        listed = [(item.position, item.name) for item in unprocessed_items(job, piece=2)]

    assert listed == list(enumerate(names, 1))
    assert [one["sql"].partition("OFFSET ")[2] for one in sent if "OFFSET" in one["sql"]] == ["0"] * 3
    assert [item.name for item in items_after(job, "skipped", after=3, limit=1)] == ["3.jpg"]
