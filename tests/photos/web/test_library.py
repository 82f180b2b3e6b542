"""The contact sheet."""

import re
from urllib.parse import urlencode

import pytest
from django.urls import reverse
from django.utils.html import escape

from jobs.kinds import MAX_TITLE_CHARACTERS
from photos.kinds.delivery import MAX_FOLDER_CHARACTERS
from photos.models import PhotoSet, filters
from photos.models.photo import MAX_CATEGORY_CHARACTERS
from photos.models.recipe import MAX_RECIPE_NAME_CHARACTERS

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def signed_in(client, ana):
    client.force_login(ana)


def names(answer) -> list[str]:
    """The photos on a page, in their order."""
    return re.findall(r'aria-label="Select ([^"]+)"', answer.content.decode())


def test_photos_are_newest_first_and_counted(client, ana, add_photo):
    for name in ("one.jpg", "two.jpg"):
        add_photo(ana, name)

    answer = client.get(reverse("library"))

    assert names(answer) == ["two.jpg", "one.jpg"]
    assert "2 photos" in answer.content.decode()


def test_the_page_has_the_limits_of_the_server(client, settings):
    settings.STOPBATH_MAX_UPLOAD_MB, settings.STOPBATH_MAX_ARCHIVE_MB = 3, 40

    page = client.get(reverse("library")).content.decode()

    assert 'data-max-bytes="3000000" data-too-large="The file is larger than 3 MB."' in page
    assert 'data-archive-max-bytes="40000000" data-archive-too-large="The file is larger than 40 MB."' in page


def test_every_condition_of_the_filter_can_be_taken_away_by_itself(client, ana, add_photo):
    photo = add_photo(ana, path="Iceland")
    conditions = {"path": "Iceland", "set": str(photo.set.uuid), "format": "jpeg", "taken_before": "2030-01-01"}

    page = client.get(reverse("library"), conditions).content.decode()

    for name in conditions:
        rest = urlencode({other: value for other, value in conditions.items() if other != name})
        assert f'href="/?{escape(rest)}"' in page


def test_a_card_tells_the_category_or_else_the_format(client, ana, add_photo):
    add_photo(ana, "plain.jpg")
    photo = add_photo(ana, "harbour.jpg")
    photo.category = "Coast & sea"
    photo.save()

    cards = client.get(reverse("library")).content.decode().split('<li class="photo"')[1:]

    assert 'href="/?category=Coast%20%26%20sea">Coast &amp; sea</a>' in cards[0]
    assert '<span class="muted">JPEG</span>' not in cards[0]
    assert '<span class="muted">JPEG</span>' in cards[1]


def test_somebody_elses_set_is_not_told(client, ben, add_photo):
    page = client.get(reverse("library"), {"set": str(add_photo(ben).set.uuid)}).content.decode()

    assert "a deleted set" in page


def test_a_hundred_are_shown_at_once_and_the_rest_on_demand(client, ana, add_photo):
    together = PhotoSet.objects.create(owner=ana)
    for number in range(103):
        add_photo(ana, f"{number:03}.jpg", set=together)

    first = client.get(reverse("library"))
    more = re.search(r'hx-get="(/\?after=[^"]+)"', first.content.decode())[1]
    rest = client.get(more, headers={"HX-Request": "true", "HX-Target": "moreCards"})

    assert len(names(first)) == 100
    assert names(rest) == ["002.jpg", "001.jpg", "000.jpg"]
    assert "<html" not in rest.content.decode()
    assert "moreCards" not in rest.content.decode()
    assert names(client.get(more)) == names(rest)  # without script too


def test_a_page_costs_the_same_number_of_queries_for_any_number_of_photos(
    client, ana, add_photo, django_assert_max_num_queries
):
    for number in range(30):
        add_photo(ana, f"{number}.jpg")

    with django_assert_max_num_queries(12):
        client.get(reverse("library"))


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({"search": "beach"}, ["Beach.jpg"]),
        ({"format": "png"}, ["scan.png"]),
        ({"path": "2024/coast"}, ["Beach.jpg"]),
        ({"search": "nothing like it"}, []),
    ],
)
def test_the_sheet_can_be_filtered(client, ana, add_photo, conditions, expected):
    add_photo(ana, "Beach.jpg", path="2024/coast")
    add_photo(ana, "scan.png", format="png")

    answer = client.get(reverse("library"), conditions)

    assert [name.rpartition("/")[2] for name in names(answer)] == expected


def test_a_filter_by_set_shows_what_was_uploaded_together(client, ana, add_photo):
    alone = add_photo(ana, "alone.jpg")
    add_photo(ana, "other.jpg")

    answer = client.get(reverse("library"), {"set": str(alone.set.uuid)})

    assert names(answer) == ["alone.jpg"]
    assert "selected" in answer.content.decode()


def test_a_filter_that_makes_no_sense_is_told_and_dropped(client, ana, add_photo):
    add_photo(ana, "one.jpg")

    answer = client.get(reverse("library"), {"format": "docx"}, follow=True)

    assert answer.redirect_chain == [(reverse("library"), 302)]
    assert "Use one of jpeg" in answer.content.decode()


def test_names_are_escaped(client, ana, add_photo):
    add_photo(ana, '"><script>alert(1)</script>.jpg')

    assert "<script>alert" not in client.get(reverse("library")).content.decode()


def test_an_empty_library_teaches_and_offers_samples(client, ana):
    page = client.get(reverse("library")).content.decode()

    assert "Your library is empty" in page
    assert "Try it with sample photos" in page


def test_sample_photos_are_put_into_the_library(client, ana):
    answer = client.post(reverse("samples"), follow=True)

    assert answer.redirect_chain == [(reverse("library"), 302)]
    assert ana.photos.count() > 10
    assert "sample photos" in answer.content.decode()


def test_the_folder_of_results_is_offered_where_there_is_one(client, ana, settings, tmp_path):
    def offered():
        return 'name="deliver"' in client.get(reverse("library")).content.decode()

    settings.STOPBATH_RESULTS = None
    assert not offered()
    settings.STOPBATH_RESULTS = tmp_path
    assert offered()


def test_no_field_takes_more_than_the_rule_behind_it(client, settings, tmp_path):
    settings.STOPBATH_RESULTS = tmp_path

    page = client.get(reverse("library")).content.decode()

    limits = {name: int(number) for name, number in re.findall(r'<input id="(\w+)"[^>]* maxlength="(\d+)"', page)}
    assert limits == {
        "filterPath": filters.MAX_VALUE_CHARACTERS,
        "newJobFolder": MAX_FOLDER_CHARACTERS,
        "newJobKeepName": MAX_RECIPE_NAME_CHARACTERS,
        "newJobName": MAX_TITLE_CHARACTERS,
        "selectedCategory": MAX_CATEGORY_CHARACTERS,
    }
