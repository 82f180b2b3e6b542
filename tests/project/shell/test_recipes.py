"""Which recipe a command takes."""

import pytest

from photos.models import Recipe
from project.shell.batch import Batch

STEPS = [{"operation": "resize", "options": {"longest_edge": 64}}]
OWN_STEPS = [{"operation": "resize", "options": {"longest_edge": 16}}]


@pytest.mark.parametrize("own_is_newer", [True, False])
def test_a_person_s_own_recipe_goes_before_a_built_in_one_of_the_same_name(ana, ben, own_is_newer):
    recipes = [(None, STEPS), (ben, STEPS), (ana, OWN_STEPS)]
    for owner, steps in recipes if own_is_newer else reversed(recipes):
        Recipe.objects.create(owner=owner, name="For the wall", steps=steps)

    assert Batch("ana").recipe_steps("for the wall") == OWN_STEPS


def test_of_a_person_s_own_recipes_the_newest_is_taken(ana):
    for steps in (STEPS, OWN_STEPS):
        Recipe.objects.create(owner=ana, name="For the wall", steps=steps)

    assert Batch("ana").recipe_steps("For the wall") == OWN_STEPS
