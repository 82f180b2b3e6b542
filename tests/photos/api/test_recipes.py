"""/api/operations and /api/recipes."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from photos.models import Photo, Recipe

Add = Callable[..., Photo]
JSON = "application/json"
OPERATIONS = Path(__file__).parent / "operations.json"
RESIZE = [{"operation": "resize", "options": {"longest_edge": 16}}]


def save(client: Client, name: str = "Small", steps: Any = RESIZE) -> dict[str, Any]:
    response = client.post("/api/recipes", {"name": name, "steps": steps}, content_type=JSON)
    assert response.status_code == 201, response.content
    answer: dict[str, Any] = response.json()
    return answer


def test_operations_describe_their_options_as_json_schema(as_ana: Client) -> None:
    operations = {one["name"]: one for one in as_ana.get("/api/operations").json()["operations"]}

    assert {"auto-orient", "resize", "convert", "strip-metadata"} <= set(operations)
    assert set(operations["resize"]) == {"name", "label", "help", "options"}
    assert "longest_edge" in operations["resize"]["options"]["properties"]


def test_operations_and_their_options_are_those_of_the_stored_description(as_ana: Client) -> None:
    """The JSON Schema is part of the API: change the file only together with an operation."""
    known = json.loads(OPERATIONS.read_text(encoding="utf-8"))["operations"]

    operations = as_ana.get("/api/operations").json()["operations"]

    assert operations == known
    # A form shows the options in this order.
    orders = [[list(one["options"]["properties"]) for one in each] for each in (operations, known)]
    assert orders[0] == orders[1]


def test_a_recipe_is_saved_listed_replaced_and_deleted(as_ana: Client) -> None:
    recipe = save(as_ana)
    address = f"/api/recipes/{recipe['id']}"

    assert recipe == {"id": recipe["id"], "name": "Small", "steps": RESIZE, "built_in": False}
    assert as_ana.get("/api/recipes").json()["results"][0] == recipe
    assert as_ana.get(address).json() == recipe
    changed = as_ana.put(address, {"name": "Upright", "steps": [{"operation": "auto-orient"}]}, content_type=JSON)
    assert (changed.status_code, changed.json()["name"]) == (200, "Upright")
    assert as_ana.delete(address).status_code == 204
    assert as_ana.get(address).status_code == 404


def test_a_recipe_of_another_user_is_not_found(as_ana: Client, as_ben: Client, as_staff: Client) -> None:
    mine = save(as_ana)
    address = f"/api/recipes/{mine['id']}"

    for client in (as_ben, as_staff):
        assert mine not in client.get("/api/recipes").json()["results"]
        assert client.get(address).status_code == client.delete(address).status_code == 404
        assert client.put(address, mine, content_type=JSON).status_code == 404
    assert as_ana.get("/api/recipes/nonsense").status_code == 404


@pytest.mark.parametrize(
    "steps",
    [
        [],
        {},
        "resize",
        None,
        [1],
        [[]],
        [{}],
        [{"operation": "explode"}],
        [{"operation": ["resize"]}],
        [{"operation": "resize", "options": []}],
        [{"operation": "resize", "options": {"longest_edge": "large"}}],
        [{"operation": "resize", "options": {"longest_edge": 10**30}}],
        [{"operation": "resize", "options": {"longest_edge": -1}}],
        [{"operation": "resize", "options": {"colour": "red"}}],
        [{"operation": "auto-orient"}] * 51,
    ],
)
def test_invalid_steps_are_refused_everywhere(as_ana: Client, add: Add, steps: Any) -> None:
    photo = str(add().uuid)

    answers = [as_ana.post("/api/recipes", {"name": "x", "steps": steps}, content_type=JSON)]
    if steps not in ([], None):
        answers.append(as_ana.post("/api/preview", {"photo": photo, "steps": steps}, content_type=JSON))
    submit = {"kind": "process", "photos": [photo], "steps": steps}
    answers.append(as_ana.post("/api/jobs", submit, content_type=JSON))

    for answer in answers:
        assert answer.status_code == 400, answer.content
        assert "steps" in answer.json()["fields"]
    assert not Recipe.objects.exclude(owner=None).exists()


@pytest.mark.parametrize(
    "body", [[], None, 1, {}, {"name": "", "steps": RESIZE}, {"name": ["x"], "steps": RESIZE},
             {"name": "x" * 101, "steps": RESIZE}, {"name": "a\0", "steps": RESIZE}],
)  # fmt: skip
def test_an_invalid_recipe_is_refused(as_ana: Client, body: Any) -> None:
    response = as_ana.post("/api/recipes", body, content_type=JSON)

    assert response.status_code == 400
    assert response.json()["error"]
