"""POST /api/photos: the names of files."""

import pytest
from django.test import Client

from tests.photos.conftest import accepted_names, send
from tests.photos.pictures import join_parts, jpeg, part, picture


@pytest.mark.parametrize("name", ["", ".", "..", "\x01\x02", "/", "..\\", "%01%02", "\u202e"])
def test_a_file_without_a_usable_name_is_kept_as_unnamed(as_ana: Client, name: str) -> None:
    assert accepted_names(send(as_ana, ("files", picture(".png"), name))) == ["unnamed.png"]


def test_a_file_without_a_file_name_at_all_is_kept_as_unnamed(as_ana: Client) -> None:
    assert accepted_names(send(as_ana, ("files", jpeg(), None))) == ["unnamed.jpg"]


def test_a_name_in_the_encoding_of_rfc_5987_is_understood(as_ana: Client) -> None:
    disposition = 'form-data; name="files"; filename="cafe.jpg"; filename*=UTF-8\'\'caf%C3%A9.jpg'
    body, content_type = join_parts(part(disposition, jpeg()))

    assert accepted_names(as_ana.post("/api/photos", body, content_type=content_type)) == ["café.jpg"]


def test_a_very_long_name_in_the_encoding_of_rfc_5987_is_shortened(as_ana: Client) -> None:
    disposition = f"form-data; name=\"files\"; filename*=UTF-8''{'%E5%86%99' * 120}.jpg"
    body, content_type = join_parts(part(disposition, jpeg()))

    (name,) = accepted_names(as_ana.post("/api/photos", body, content_type=content_type))

    assert name == "写" * 83 + ".jpg"


def test_a_name_that_is_not_utf_8_is_kept_with_replacement_characters(as_ana: Client) -> None:
    body, content_type = join_parts(
        part('form-data; name="files"; filename="caf?.jpg"', jpeg()).replace(b"?", b"\xe9", 1)
    )

    assert accepted_names(as_ana.post("/api/photos", body, content_type=content_type)) == [
        "caf\N{REPLACEMENT CHARACTER}.jpg"
    ]


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ('say \\"cheese\\".jpg', 'say "cheese".jpg'),
        ("say %22cheese%22.jpg", 'say "cheese".jpg'),
        ("C:\\Photos\\a.jpg", "a.jpg"),
        ("semi;colon=1.jpg", "semi;colon=1.jpg"),
        ("写真.jpg", "写真.jpg"),
        ("line\nbreak.jpg", "linebreak.jpg"),
    ],
)
def test_unusual_characters_of_a_name_are_kept(as_ana: Client, sent: str, shown: str) -> None:
    assert accepted_names(send(as_ana, ("files", jpeg(), sent))) == [shown]


def test_a_name_of_five_thousand_characters_is_shortened(as_ana: Client) -> None:
    (name,) = accepted_names(send(as_ana, ("files", jpeg(), "n" * 5000 + ".jpg")))

    assert name == "n" * 251 + ".jpg"
