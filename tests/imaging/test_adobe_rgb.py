"""The profile made for Adobe RGB (1998) is what other programs take for it."""

import io

import pytest
from PIL import Image, ImageCms

from photos import pipeline
from photos.formats import adobe_rgb
from tests.imaging import pictures

# Numbers in sRGB, and the same colours in Adobe RGB (1998) by the matrices of both encodings.
KNOWN = {
    (255, 255, 255): (255, 255, 255),
    (0, 0, 0): (0, 0, 0),
    (255, 0, 0): (219, 0, 0),
    (0, 255, 0): (144, 255, 60),
    (0, 0, 255): (0, 0, 250),
    (128, 128, 128): (127, 127, 127),
}
CONVERT = {"operation": "colour-profile", "options": {"profile": "adobe-rgb"}}


def converted(tmp_path, picture, *steps):
    source = pictures.save(picture, tmp_path / "source", "png")
    return pictures.opened(pipeline.process(source, "png", [CONVERT, *steps], tmp_path, "out").path)


def test_littlecms_reads_it_under_an_honest_name():
    opened = ImageCms.ImageCmsProfile(io.BytesIO(adobe_rgb.profile())).profile

    assert opened.profile_description == "Compatible with Adobe RGB (1998)"
    assert (opened.xcolor_space.strip(), opened.connection_space.strip()) == ("RGB", "XYZ")
    assert opened.media_white_point[1][:2] == pytest.approx((0.3127, 0.3290), abs=0.0002)


@pytest.mark.parametrize(("srgb", "wanted"), KNOWN.items())
def test_known_colours_get_the_numbers_that_they_have_there(tmp_path, srgb, wanted):
    picture = (pictures.pyvips.Image.black(8, 8, bands=3) + list(srgb)).cast("uchar").copy(interpretation="srgb")
    profiles = ImageCms.createProfile("sRGB"), io.BytesIO(adobe_rgb.profile())

    by_littlecms = ImageCms.profileToProfile(Image.new("RGB", (1, 1), srgb), *profiles, renderingIntent=1)

    assert by_littlecms.getpixel((0, 0)) == pytest.approx(wanted, abs=2)
    assert converted(tmp_path, picture)(4, 4) == pytest.approx(wanted, abs=2)


def test_the_file_carries_the_profile_and_looks_the_same(tmp_path):
    picture = converted(tmp_path, pictures.corners())

    assert bytes(picture.get("icc-profile-data")) == adobe_rgb.profile()
    shown = picture.icc_transform("srgb", embedded=True)
    assert (shown - pictures.corners()).abs().max() <= 2


@pytest.mark.parametrize("picture", [pictures.deep(), pictures.transparent()])
def test_depth_and_transparency_stay(tmp_path, picture):
    result = converted(tmp_path, picture)

    assert (result.format, result.bands) == (picture.format, picture.bands)
