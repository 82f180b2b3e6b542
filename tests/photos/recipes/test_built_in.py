"""The recipes that everybody has."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from jobs.models import Job
from photos.models import Photo, Recipe
from photos.recipes.built_in import BUILT_IN_RECIPES
from tests.jobs.work import reload, run_items, statuses
from tests.photos.kinds.test_processing import items

pytestmark = pytest.mark.django_db
Add = Callable[..., Photo]
JSON = "application/json"


def listed(client: Client) -> dict[str, dict[str, Any]]:
    return {one["name"]: one for one in client.get("/api/recipes").json()["results"]}


def test_everybody_has_them(as_ana: Client, as_ben: Client) -> None:
    for client in (as_ana, as_ben):
        assert list(listed(client)) == [recipe.name for recipe in reversed(BUILT_IN_RECIPES)]
        assert all(recipe["built_in"] for recipe in listed(client).values())


@pytest.mark.parametrize("recipe", BUILT_IN_RECIPES, ids=lambda recipe: recipe.name)
def test_each_makes_something_of_a_photo(as_ana: Client, add: Add, recipe: Any) -> None:
    add(name="beach.jpg")
    body = {"kind": "process", "photos": "all", "recipe": recipe.id}
    job = Job.objects.get(uuid=as_ana.post("/api/jobs", body, content_type=JSON).json()["id"])

    run_items(job)

    assert statuses(reload(job)) == ["succeeded"], items(as_ana, job)


def test_nobody_changes_or_deletes_them(as_ana: Client, as_staff: Client) -> None:
    before = listed(as_ana)
    for client in (as_ana, as_staff):
        for recipe in BUILT_IN_RECIPES:
            address = f"/api/recipes/{recipe.id}"
            changed = client.put(address, {"name": "Mine", "steps": recipe.steps}, content_type=JSON)
            assert (changed.status_code, client.delete(address).status_code) == (409, 409)
            assert "save a copy" in changed.json()["error"]
    assert listed(as_ana) == before


def test_an_upgrade_brings_them_as_they_are_now_and_leaves_those_of_people(as_ana: Client, ana: Any) -> None:
    Recipe.objects.filter(uuid=BUILT_IN_RECIPES[0].id).update(name="As it was", steps=[])
    Recipe.objects.create(owner=None, name="No longer built in", steps=[])
    Recipe.objects.create(owner=ana, name="Mine", steps=[])

    call_command("migrate", verbosity=0)

    assert set(listed(as_ana)) == {recipe.name for recipe in BUILT_IN_RECIPES} | {"Mine"}
    assert listed(as_ana)[BUILT_IN_RECIPES[0].name]["steps"] == BUILT_IN_RECIPES[0].steps
