"""Hostile input to the library, its pages and its recipes: refused with a sentence, and nothing breaks."""

import uuid
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from jobs.models import Job
from jobs.text import escape_cell
from photos.models import Photo, PhotoText
from tests.jobs.work import run_items
from tests.photos.api.test_submitting import submit

Add = Callable[..., Photo]
FLIP = [{"operation": "flip", "options": {}}]


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000, "[]", "1", '"x"', "NaN", "9" * 5000, '{"search": {"a": 1}}', '{"search": "\\ud800"}',
        '{"search": "\\u0000"}', '{"\\ud800": "a"}', '{"a\\u0000": "a"}', '{"taken_after": "9999-99-99"}',
    ],
)  # fmt: skip
def test_a_broken_filter_deletes_nothing_and_breaks_no_page(as_ana: Client, add: Add, text: str) -> None:
    add()

    answer = as_ana.post("/photos/delete", {"all": "1", "filter": text})

    assert answer.status_code == 302
    assert as_ana.get("/").status_code == 200  # which says why
    assert Photo.objects.count() == 1


def test_photos_of_another_user_are_neither_deleted_nor_changed(as_ana: Client, as_ben: Client, add: Add) -> None:
    photo = add()

    as_ben.post("/photos/delete", {"photos": [str(photo.uuid), str(uuid.uuid4()), "x"]})
    as_ben.post("/photos/delete", {"all": "1", "filter": '{"search": "a"}'})
    as_ben.post(f"/photos/{photo.uuid}/category", {"category": "mine"})

    assert Photo.objects.get().category == ""


ODD_SEARCHES = [
    "漢" * 1000, "a b " * 250, "% _ \\ '", "%_" * 500, "\\" * 1000, ":*", "a & b | !c", "ß" * 1000, "İ" * 1000, "NEAR(",
    "a AND", "*", "²", "\u200b", "\U0010ffff" * 1000, '" OR 1=1', "a-b@c.d/e",
]  # fmt: skip


@pytest.mark.parametrize("text", ODD_SEARCHES)
def test_every_search_is_answered(as_ana: Client, add: Add, text: str) -> None:
    PhotoText(photo=add(), text="Two words", source="pdf").keep()

    found = as_ana.get("/api/photos", {"search": text})

    assert found.status_code == 200
    assert found.json()["results"] == []
    assert as_ana.get("/", {"search": text}).status_code == 200


@pytest.mark.parametrize("title", ["[/red]", "[bold]x", "\x1b[31mx\x07", "\u202egpj.x", "\x9b31m"])
def test_a_title_cannot_break_or_fool_the_commands(
    as_ana: Client, add: Add, title: str, capsys: pytest.CaptureFixture[str]
) -> None:
    add()
    job = Job.objects.get(uuid=submit(as_ana, photos="all", title=title, steps=FLIP).json()["id"])
    run_items(job)
    out = StringIO()

    for verb in (["list"], ["show", str(job.uuid)], ["watch", str(job.uuid)]):
        call_command("jobs", *verb, stdout=out)

    output = out.getvalue() + "".join(capsys.readouterr())
    assert not set(output) & {"\x1b", "\x07", "\x9b", "\u202e"}
    assert job.title == title.translate(dict.fromkeys(map(ord, "\x1b\x07\x9b\u202e")))
    assert f"{job.title}: completed" in output


def test_a_title_of_invisible_characters_is_none(as_ana: Client, add: Add) -> None:
    add()

    assert submit(as_ana, photos="all", title="\u200b\x07", steps=FLIP).json()["title"] == "Flip: 1 photo"


def test_a_category_has_no_invisible_characters(as_ana: Client, add: Add) -> None:
    photo = add()

    answer = as_ana.patch(f"/api/photos/{photo.uuid}", {"category": "\x1b\u202eBe\nach"}, "application/json")

    assert answer.json()["category"] == "Beach"


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠a"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert escape_cell(text) == f"'{text}"


def test_a_recipe_with_the_photo_of_another_user_neither_shows_nor_uses_it(
    as_ana: Client, as_ben: Client, add: Add
) -> None:
    """A recipe may be passed on as a file: the photo in its steps stays that of its author."""
    secret, own = add(client=as_ben), add(name="b.jpg")
    steps: list[dict[str, Any]] = [{"operation": "image-watermark", "options": {"image": str(secret.uuid)}}]
    body = {"name": "Logo", "steps": steps}
    recipe = as_ana.post("/api/recipes", body, "application/json")

    assert recipe.status_code == 201
    answers = [
        submit(as_ana, photos="all", steps="absent", recipe=recipe.json()["id"]),
        submit(as_ana, photos=[str(own.uuid)], steps=steps),
        as_ana.post("/api/preview", {"photo": str(own.uuid), "steps": steps}, "application/json"),
        as_ana.post("/api/preview", {"photo": str(secret.uuid), "steps": []}, "application/json"),
    ]
    assert [answer.status_code for answer in answers] == [400, 400, 400, 404]
    assert all("one of your own photos" in answer.json()["error"] for answer in answers[:3])
    assert as_ben.get(f"/recipes/{recipe.json()['id']}.json").status_code == 404
    assert submit(as_ben, photos="all", steps="absent", recipe=recipe.json()["id"]).status_code == 400
    assert not Job.objects.exists()


def test_the_preview_of_a_missing_file_is_refused(as_ana: Client, add: Add) -> None:
    photo = add()
    photo.file.path.unlink()

    answer = as_ana.post("/api/preview", {"photo": str(photo.uuid), "steps": []}, "application/json")

    assert (answer.status_code, answer.json()) == (400, {"error": "The original is missing from the storage"})
