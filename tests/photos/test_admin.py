"""The library in the back office."""

from collections.abc import Callable

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from photos.models import Photo
from tests.photos.api.test_recipes import save

Add = Callable[..., Photo]


def test_staff_look_at_everything_and_edit_nothing(as_ana: Client, as_staff: Client, add: Add) -> None:
    photo = add(name="<b>beach.jpg")
    save(as_ana)

    page = as_staff.get(reverse("admin:photos_photo_changelist"), {"q": "beach"})

    assert "&lt;b&gt;beach.jpg" in page.content.decode()
    assert as_staff.get(reverse("admin:photos_photo_change", args=[photo.pk])).status_code == 200
    assert as_staff.get(reverse("admin:photos_photo_add")).status_code == 403
    assert as_staff.post(reverse("admin:photos_photo_change", args=[photo.pk]), {"name": "x"}).status_code == 403
    assert as_staff.get(reverse("admin:photos_recipe_changelist")).status_code == 200


def test_others_see_nothing_of_it(as_ben: Client) -> None:
    assert as_ben.get(reverse("admin:photos_photo_changelist")).status_code == 302


def test_photos_are_deleted_one_by_one_and_several_at_once(as_staff: Client, add: Callable[..., Photo]) -> None:
    one, two, three = add(), add(), add()

    as_staff.post(reverse("admin:photos_photo_delete", args=[one.pk]), {"post": "yes"})
    body = {"action": "delete_selected", "_selected_action": [two.pk, three.pk], "post": "yes"}
    as_staff.post(reverse("admin:photos_photo_changelist"), body)

    assert not Photo.objects.exists()


def test_the_list_asks_for_one_page_of_a_large_library(as_staff: Client, add: Add) -> None:
    add()

    with CaptureQueriesContext(connection) as queries:
        assert as_staff.get(reverse("admin:photos_photo_changelist")).status_code == 200

    of_photos = [one["sql"] for one in queries if "photos_photo" in one["sql"]]
    assert len(of_photos) == 2  # how many there are, and the first page
    assert not any(word in sql for sql in of_photos for word in ("DISTINCT", "MIN("))


def test_photos_are_found_by_their_format(as_staff: Client, add: Add) -> None:
    add(name="beach.jpg")

    def shown(format: str) -> bool:
        page = as_staff.get(reverse("admin:photos_photo_changelist"), {"format": format})
        return "beach.jpg" in page.content.decode()

    assert [shown(format) for format in ("jpeg", "png", "nonsense")] == [True, False, True]
