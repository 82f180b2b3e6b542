"""The settings page."""

import re

import pytest
from django.urls import reverse

from jobs.models import Worker
from photos.models import Defaults, Recipe
from tests.jobs.work import make_job

pytestmark = pytest.mark.django_db

TICKED = 'name="{}" autocomplete="off" checked'


@pytest.fixture(autouse=True)
def signed_in(client, ana):
    client.force_login(ana)


def page(client) -> str:
    """The settings page as text."""
    return client.get(reverse("settings")).content.decode()


def test_cancel_all_stands_there_with_what_is_under_way(client, ana, ben):
    make_job(ana)
    make_job(ben)

    text = page(client)

    assert 'id="cancelAllBtn"' in text
    assert "You have 1 running job." in text


def test_the_key_of_a_new_token_is_shown_once(client):
    answer = client.post(reverse("token-create"), {"name": "backup"}, follow=True)

    key = re.search(r'id="newToken"[^>]*>([\w-]+)<', answer.content.decode())[1]
    assert client.get(reverse("api:photos"), headers={"Authorization": f"Token {key}"}).status_code == 200
    assert key not in page(client)
    assert "backup" in page(client)


def test_a_token_is_deleted_by_its_owner_alone(client, ana, ben):
    client.post(reverse("token-create"), {"name": "backup"})
    token = ana.tokens.get()

    client.force_login(ben)
    assert client.post(reverse("token-delete", args=[token.pk])).status_code == 404
    client.force_login(ana)
    client.post(reverse("token-delete", args=[token.pk]))

    assert not ana.tokens.exists()


def test_workers_are_told_alive_or_missing(client):
    assert "No worker has reported lately" in page(client)

    Worker.record_heartbeat("worker@host", Worker.WORKER, processes=2)

    assert "worker@host" in page(client)
    assert "2 files at a time" in page(client)


def test_storage_counts_ones_own_photos(client, ana, ben, add_photo):
    add_photo(ana)
    add_photo(ben)

    assert "3.1 MB in 1 photo" in page(client)


def test_what_new_jobs_begin_with_is_kept_for_each_person(client, ana, ben):
    recipe = Recipe.keep(ana, "For the web", [{"operation": "resize", "options": {"longest_edge": 800}}])

    client.post(reverse("defaults"), {"recipe": recipe.pk, "classify": "on"}, follow=True)

    assert re.search(r'value="\d+" selected>For the web<', page(client))
    window = client.get(reverse("library")).content.decode()
    assert f'data-recipe="{recipe.uuid}"' in window
    assert [box in window for box in (TICKED.format("classify"), TICKED.format("catalogue"))] == [True, False]
    client.force_login(ben)
    assert "data-recipe=" not in client.get(reverse("library")).content.decode()


def test_a_default_recipe_that_is_deleted_leaves_the_rest(client, ana):
    recipe = Recipe.keep(ana, "For the web", [{"operation": "flip"}])
    client.post(reverse("defaults"), {"recipe": recipe.pk, "catalogue": "on"})

    recipe.delete()

    window = client.get(reverse("library")).content.decode()
    assert TICKED.format("catalogue") in window
    assert "data-recipe=" not in window


def test_somebody_elses_recipe_is_no_default(client, ben):
    recipe = Recipe.keep(ben, "Secret", [{"operation": "flip"}])

    answer = client.post(reverse("defaults"), {"recipe": recipe.pk}, follow=True).content.decode()

    assert "That recipe no longer exists" in answer
    assert "Secret" not in answer
    assert not Defaults.objects.exists()
