"""Which camera took a picture and where."""

from typing import Any

import pytest
import pyvips

from photos.imaging.formats.metadata import camera as metadata_camera
from photos.imaging.formats.metadata import vips_fields


def with_exif(**fields: str) -> pyvips.Image:
    """A picture with these EXIF fields, written to a JPEG and read again."""
    image = pyvips.Image.black(8, 8, bands=3).copy(interpretation="srgb")
    for name, value in fields.items():
        image.set_type(
            pyvips.GValue.gstr_type, f"exif-{name.replace('_', '-', 1)}", vips_fields.escape_exif_text(value)
        )
    return pyvips.Image.new_from_buffer(image.write_to_buffer(".jpg"), "")


@pytest.mark.parametrize(
    ("make", "model", "camera"),
    [
        ("Canon", "Canon EOS R5", "Canon EOS R5"),
        ("NIKON CORPORATION", "NIKON D750", "NIKON D750"),
        ("motorola", "moto g(9) plus", "motorola moto g(9) plus"),
        ("Google", "Pixel 7 (EU)", "Google Pixel 7 (EU)"),
        ("PENTAX", "K10D    ", "PENTAX K10D"),
        ("", "", ""),
    ],
)
def test_a_camera_is_named_once(make: str, model: str, camera: str) -> None:
    assert metadata_camera.camera_name(with_exif(ifd0_Make=make, ifd0_Model=model)) == camera


@pytest.mark.parametrize(
    ("latitude", "north", "longitude", "east", "place"),
    [
        ("48/1 53/1 33/1", "N", "2/1 14/1 11/1", "E", (48.8925, 2.236389)),
        ("33/1 51/1 3150/100", "S", "70/1 30/1 0/1", "W", (-33.858750, -70.5)),
        ("999/1 0/1 0/1", "N", "2/1 14/1 11/1", "E", None),
        ("0/0 0/0 0/0", "N", "0/0 0/0 0/0", "E", None),
        ("0/1 0/1 0/1", "N", "0/1 0/1 0/1", "E", None),
    ],
)
def test_a_place_is_told_in_degrees_or_not_at_all(
    latitude: str, north: str, longitude: str, east: str, place: Any
) -> None:
    image = with_exif(
        ifd3_GPSLatitude=latitude, ifd3_GPSLatitudeRef=north, ifd3_GPSLongitude=longitude, ifd3_GPSLongitudeRef=east
    )

    assert metadata_camera.coordinates(image) == place


def test_a_picture_that_says_nothing_has_neither() -> None:
    image = with_exif()

    assert (metadata_camera.camera_name(image), metadata_camera.coordinates(image)) == ("", None)
