"""The page of one photo, and taking photos out of the library."""

import html
import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse

from photos.models import Photo

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def signed_in(client, ana):
    client.force_login(ana)


def delete(client, **data) -> str:
    return client.post(reverse("photos-delete"), data, follow=True).content.decode()


def test_it_tells_what_is_known_and_leads_to_its_neighbours(client, ana, ben, add_photo):
    first, of_ben, photo, last = (
        add_photo(ana, "first.jpg"), add_photo(ben), add_photo(ana, "beach.jpg", path="Summer"), add_photo(ana),
    )  # fmt: skip

    page = client.get(reverse("photo", args=[photo.uuid])).content.decode()

    for words in ("beach.jpg", "JPEG", "4000 × 3000", "3.1 MB", "?path=Summer"):
        assert words in page
    assert reverse("photo", args=[first.uuid]) in page
    assert reverse("photo", args=[last.uuid]) in page
    assert str(of_ben.uuid) not in page


def test_its_neighbours_are_those_of_the_filter_it_was_found_with(client, ana, add_photo):
    first, _, photo, _, last = (add_photo(ana, name) for name in ("b1.jpg", "a.jpg", "b2.jpg", "a.jpg", "b3.jpg"))
    card = re.search(rf'href="(/photos/{photo.uuid}[^"]+)"', client.get("/?search=b&format=jpeg").content.decode())

    page = client.get(html.unescape(card[1])).content.decode()

    assert re.findall(r'href="([^"]+)" rel="', page) == [
        f"/photos/{neighbour.uuid}?search=b&amp;format=jpeg" for neighbour in (last, first)
    ]
    assert 'href="/?search=b&amp;format=jpeg"' in page


def test_a_filter_that_makes_no_sense_is_told_and_dropped(client, ana, add_photo):
    photo = add_photo(ana)

    answer = client.get(reverse("photo", args=[photo.uuid]), {"format": "doc"}, follow=True)

    assert answer.redirect_chain == [(reverse("photo", args=[photo.uuid]), 302)]
    assert "format" in answer.content.decode()


def test_what_is_done_to_photos_leads_back_to_the_filter(client, ana, add_photo):
    photo = add_photo(ana)

    category = client.post(reverse("photo-category", args=[photo.uuid]) + "?format=jpeg", {"category": "sea"})
    deleted = client.post(reverse("photos-delete") + "?format=jpeg", {"photos": [photo.uuid]})

    assert category["Location"] == f"/photos/{photo.uuid}?format=jpeg"
    assert deleted["Location"] == "/?format=jpeg"


@pytest.mark.parametrize(
    ("zone", "words"),
    [(None, ">2024-05-01 23:30</time></dd>"), (-5, '>2024-05-01 23:30</time> <span class="muted">UTC-05:00</span>')],
)
def test_it_tells_the_time_that_the_camera_showed_and_its_zone_where_that_is_known(client, ana, add_photo, zone, words):
    there = datetime(2024, 5, 1, 23, 30, tzinfo=UTC)
    photo = add_photo(ana)
    Photo.objects.update(taken_at=there - timedelta(hours=zone or 0), taken_there=None if zone is None else there)

    assert words in client.get(reverse("photo", args=[photo.uuid])).content.decode()


def test_a_photo_of_somebody_else_is_not_there(client, ben, add_photo):
    photo = add_photo(ben)

    assert client.get(reverse("photo", args=[photo.uuid])).status_code == 404
    assert "0 photos were deleted" in delete(client, photos=[photo.uuid])
    assert Photo.objects.filter(pk=photo.pk).exists()


def test_the_chosen_photos_are_deleted(client, ana, add_photo):
    one, two, three = (add_photo(ana) for _ in range(3))

    page = delete(client, photos=[one.uuid, three.uuid])

    assert "2 photos were deleted." in page
    assert list(Photo.objects.all()) == [two]


def test_all_that_match_the_filter_are_deleted(client, ana, add_photo):
    add_photo(ana, "beach.jpg")
    add_photo(ana, "scan.tif", format="tiff")

    page = delete(client, all="1", filter=json.dumps({"format": "tiff"}))

    assert "1 photo was deleted." in page
    assert [photo.name for photo in Photo.objects.all()] == ["beach.jpg"]


def test_a_category_is_set_by_hand_and_taken_out_again(client, ana, add_photo):
    photo = add_photo(ana)
    address = reverse("photo-category", args=[photo.uuid])

    page = client.post(address, {"category": " harbour "}, follow=True).content.decode()
    assert Photo.objects.get().category == "harbour"
    assert "set by you" in page

    client.post(address, {"category": ""})
    assert Photo.objects.get().category == ""
    refused = client.post(address, {"category": "x" * 101}, follow=True)
    assert "at most 100 characters" in refused.content.decode()


def test_a_category_of_somebody_elses_photo_stays(client, ben, add_photo):
    photo = add_photo(ben)

    assert client.post(reverse("photo-category", args=[photo.uuid]), {"category": "x"}).status_code == 404
    assert Photo.objects.get().category == ""


@pytest.mark.parametrize("data", [{}, {"photos": "nonsense"}, {"all": "1", "filter": "{"}, {"all": "1", "filter": "[]"},
                                  {"all": "1", "filter": '{"colour": "red"}'}])  # fmt: skip
def test_what_names_no_photo_deletes_none(client, ana, add_photo, data):
    add_photo(ana)

    delete(client, **data)

    assert Photo.objects.count() == 1
