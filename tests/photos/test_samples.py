"""Photos to try things with."""

from django.test import Client

from photos.models import Photo
from photos.uploads import add_samples
from project.accounts.models import User


def test_samples_fill_a_library_once(ana: User, as_ana: Client) -> None:
    first, again = add_samples(ana, 2), add_samples(ana, 2)

    assert [photo.pk for photo in again] == [photo.pk for photo in first]
    assert Photo.objects.visible_to(ana).count() == 2
    assert all(photo.taken_at for photo in first)
    assert as_ana.get(f"/api/photos/{first[0].uuid}/thumbnail").getvalue().startswith(b"\xff\xd8")
