"""The profile made for Adobe RGB (1998) is what other programs take for it, and what cameras mean by a mark alone."""

import io

import pytest
from PIL import Image, ImageCms

from photos.imaging import pipeline
from photos.imaging.formats.colour import adobe_rgb
from photos.imaging.formats.probing import Limits
from tests.photos.imaging import pictures, raws

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
    return pictures.load(pipeline.process(source, "png", [CONVERT, *steps], tmp_path, "out").path)


def test_littlecms_reads_it_under_an_honest_name():
    opened = ImageCms.ImageCmsProfile(io.BytesIO(adobe_rgb.build_profile())).profile

    assert opened.profile_description == "Compatible with Adobe RGB (1998)"
    assert (opened.xcolor_space.strip(), opened.connection_space.strip()) == ("RGB", "XYZ")
    assert opened.media_white_point[1][:2] == pytest.approx((0.3127, 0.3290), abs=0.0002)


@pytest.mark.parametrize(("srgb", "wanted"), KNOWN.items())
def test_known_colours_get_the_numbers_that_they_have_there(tmp_path, srgb, wanted):
    picture = (pictures.pyvips.Image.black(8, 8, bands=3) + list(srgb)).cast("uchar").copy(interpretation="srgb")
    profiles = ImageCms.createProfile("sRGB"), io.BytesIO(adobe_rgb.build_profile())

    by_littlecms = ImageCms.profileToProfile(Image.new("RGB", (1, 1), srgb), *profiles, renderingIntent=1)

    assert by_littlecms.getpixel((0, 0)) == pytest.approx(wanted, abs=2)
    assert converted(tmp_path, picture)(4, 4) == pytest.approx(wanted, abs=2)


def test_the_file_carries_the_profile_and_looks_the_same(tmp_path):
    picture = converted(tmp_path, pictures.corners())

    assert bytes(picture.get("icc-profile-data")) == adobe_rgb.build_profile()
    shown = picture.icc_transform("srgb", embedded=True)
    assert (shown - pictures.corners()).abs().max() <= 2


@pytest.mark.parametrize("picture", [pictures.deep(), pictures.transparent()])
def test_depth_and_transparency_stay(tmp_path, picture):
    result = converted(tmp_path, picture)

    assert (result.format, result.bands) == (picture.format, picture.bands)


def plain(*colour):
    """A picture of one colour."""
    return pictures.pyvips.Image.black(64, 48, bands=3).linear(1, colour).cast("uchar").copy(interpretation="srgb")


def as_cameras_mark_it(path, index="R03", space="65535", picture=None, **fields):
    """A JPEG in Adobe RGB without a profile: EXIF alone says so (DCF 2.0)."""
    numbers = picture or plain(144, 255, 60)
    told = {"exif-ifd2-ColorSpace": space, "exif-ifd4-InteroperabilityIndex": index, **fields}
    return pictures.save(pictures.with_fields(numbers, **told), path)


def shown(path):
    """The colour that a screen shows."""
    picture = pictures.load(path)
    return (picture.icc_transform("srgb", embedded=True) if picture.get_typeof("icc-profile-data") else picture)(9, 9)


TO_PNG = {"operation": "convert", "options": {"format": "png"}}
TO_GIF = {"operation": "convert", "options": {"format": "gif"}}
RESIZE = {"operation": "resize", "options": {"longest_edge": 32}}
OWNED = {"operation": "set-metadata", "options": {"artist": "Ana"}}
STRIP = {"operation": "strip-metadata"}
SRGB = {"operation": "colour-profile"}


@pytest.mark.parametrize("steps", [[RESIZE], [TO_PNG], [TO_GIF], [OWNED], [STRIP], [RESIZE, STRIP], [SRGB]], ids=str)
def test_a_picture_that_its_camera_marks_looks_as_it_should(tmp_path, steps):
    source = as_cameras_mark_it(tmp_path / "source")

    made = pipeline.process(source, "jpeg", steps, tmp_path, "out")
    again = pipeline.process(made.path, made.format, [RESIZE, STRIP], tmp_path, "again")

    assert shown(made.path)[:3] == pytest.approx([0, 255, 0], abs=6)
    assert shown(again.path)[:3] == pytest.approx([0, 255, 0], abs=6)
    assert "exif-ifd4-InteroperabilityIndex" not in pictures.load(made.path).get_fields()


def test_its_thumbnail_looks_as_it_should(tmp_path):
    assert (
        pipeline.inspect_file(as_cameras_mark_it(tmp_path / "source"), Limits(), tmp_path / "small.jpg").colour[:5]
        == "#00ff"
    )


@pytest.mark.parametrize(("index", "space"), [("R98", "65535"), ("R98", "1"), ("R03", "1")])
def test_a_picture_that_is_marked_otherwise_stays_as_it_is(tmp_path, index, space):
    source = as_cameras_mark_it(tmp_path / "source", index, space)

    made = pipeline.process(source, "jpeg", [RESIZE], tmp_path, "out")

    assert shown(made.path) == pytest.approx([144, 255, 60], abs=3)
    assert not pictures.load(made.path).get_typeof("icc-profile-data")


def test_a_profile_in_the_file_is_believed_before_its_mark(tmp_path):
    source = as_cameras_mark_it(tmp_path / "source", picture=plain(0, 255, 0).icc_transform("p3"))

    made = pipeline.process(source, "jpeg", [RESIZE], tmp_path, "out")

    assert shown(made.path) == pytest.approx([0, 255, 0], abs=6)


@pytest.mark.parametrize("told_by", ["the raw file", "the picture inside"])
def test_the_picture_in_a_raw_file_looks_as_it_should(tmp_path, told_by):
    if told_by == "the picture inside":
        raws.write_cr3(tmp_path / "source", as_cameras_mark_it(tmp_path / "preview").read_bytes())
    else:
        raws.write_cr3(tmp_path / "source", plain(144, 255, 60).jpegsave_buffer(Q=95, keep="none"), index="R03")

    made = pipeline.process(tmp_path / "source", "raw", [], tmp_path, "out")

    assert shown(made.path) == pytest.approx([0, 255, 0], abs=6)
