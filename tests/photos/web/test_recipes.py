"""The page of recipes."""

import json
from io import BytesIO

import pytest
from django.urls import reverse

from photos.models import Recipe

pytestmark = pytest.mark.django_db
STEPS = [{"operation": "resize", "options": {"longest_edge": 640, "enlarge": True}}, {"operation": "strip-metadata"}]


@pytest.fixture(autouse=True)
def signed_in(client, ana):
    client.force_login(ana)


@pytest.fixture
def small(ana) -> Recipe:
    return Recipe.keep(ana, "Small", STEPS)


def brought(client, text: str):
    """The page after a file was sent."""
    file = BytesIO(text.encode())
    file.name = "recipe.json"
    return client.post(reverse("recipe-add"), {"recipe": file}, follow=True).content.decode()


def test_the_page_names_the_button_that_recipes_are_put_together_with(client):
    button = "Process All Files"

    assert f"“{button}”" in client.get(reverse("recipes")).content.decode()
    assert f">{button}</button>" in client.get(reverse("library")).content.decode()


def test_it_shows_ones_own_and_the_built_in_ones_in_words(client, small, ben):
    Recipe.keep(ben, "Of Ben", STEPS)

    page = client.get(reverse("recipes")).content.decode()

    assert "Resize (longest edge 640, enlarge), Strip metadata" in page
    assert "Resize (longest edge 1600), Convert (JPEG), Limit file size (500 KB)" in page
    assert "Web gallery" in page
    assert "Of Ben" not in page


def test_a_recipe_goes_to_somebody_else_as_a_file(client, small, ben):
    answer = client.get(reverse("recipe-file", args=[small.uuid]))
    assert 'filename="Small.json"' in answer["Content-Disposition"]
    client.force_login(ben)

    page = brought(client, answer.content.decode())

    assert "“Small” was added." in page
    assert Recipe.objects.get(owner=ben).steps == STEPS


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "not JSON"),
        ("[" * 100_000, "not JSON"),
        ("\x00\x01", "not JSON"),
        ("[]", "holds no recipe"),
        ("{}", "needs a name"),
        (json.dumps({"name": "x", "steps": []}), "at least one step"),
        (json.dumps({"name": "x", "steps": [{"operation": "explode"}]}), "no operation"),
        (json.dumps({"name": "x" * 101, "steps": STEPS}), "needs a name"),
        (json.dumps({"name": "x", "steps": STEPS}) + " " * 1_000_001, "too large"),
    ],
)
def test_a_file_that_is_no_recipe_is_refused_with_the_reason(client, ana, text, reason):
    page = brought(client, text)

    assert "The recipe was not added" in page
    assert reason in page
    assert not Recipe.objects.filter(owner=ana).exists()


def test_without_a_file_it_says_so(client):
    assert "Choose a file first." in client.post(reverse("recipe-add"), follow=True).content.decode()


def test_it_is_renamed_and_deleted(client, small):
    client.post(reverse("recipe-rename", args=[small.uuid]), {"name": "  Smaller "})
    assert Recipe.objects.get(pk=small.pk).name == "Smaller"

    refused = client.post(reverse("recipe-rename", args=[small.uuid]), {"name": " "}, follow=True)
    assert "needs a name" in refused.content.decode()

    client.post(reverse("recipe-delete", args=[small.uuid]))
    assert not Recipe.objects.filter(pk=small.pk).exists()


@pytest.mark.parametrize("verb", ["recipe-rename", "recipe-delete"])
def test_those_of_others_and_the_built_in_ones_stay_as_they_are(client, small, ben, verb):
    client.force_login(ben)
    for recipe in (small, Recipe.objects.filter(owner=None).first()):
        assert client.post(reverse(verb, args=[recipe.uuid]), {"name": "Mine"}).status_code == 404
        assert Recipe.objects.get(pk=recipe.pk).name == recipe.name


def test_a_recipe_of_somebody_else_is_no_file(client, small, ben):
    client.force_login(ben)

    assert client.get(reverse("recipe-file", args=[small.uuid])).status_code == 404
