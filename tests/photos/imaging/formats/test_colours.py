"""Colours look the same after as before, through profiles good and bad."""

import pytest

from photos.imaging import pipeline
from photos.imaging.formats.metadata import vips_fields
from tests.photos.imaging import pictures


def with_profile(name):
    """The corners in another colour space, with that space's profile."""
    return pictures.corners().icc_transform(name)


def shown(path):
    """The picture as a screen shows it."""
    picture = pictures.load(path)
    return picture.icc_transform("srgb", embedded=True) if picture.get_typeof("icc-profile-data") else picture


@pytest.mark.parametrize("steps", [[], [{"operation": "strip-metadata"}], [{"operation": "resize"}]])
@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "tiff", "gif", "avif"])
def test_a_wide_profile_looks_the_same_kept_or_converted(tmp_path, steps, format):
    source = pictures.save(with_profile("p3"), tmp_path / "source")
    convert = {"operation": "convert", "options": {"format": format, "quality": 90}}

    made = pipeline.process(source, "jpeg", [*steps, convert], tmp_path, "out")

    assert pictures.is_upright(shown(made.path))
    assert shown(made.path)(4, 4)[:3] == pytest.approx([220, 30, 30], abs=12)


def test_a_profile_is_kept_unless_stripped(tmp_path):
    source = pictures.save(with_profile("p3"), tmp_path / "source")

    def has_profile(*steps):
        made = pipeline.process(source, "jpeg", steps, tmp_path, "out")
        return bool(pictures.load(made.path).get_typeof("icc-profile-data"))

    assert has_profile()
    assert not has_profile({"operation": "strip-metadata"})
    assert has_profile({"operation": "strip-metadata", "options": {"keep": ["profile"]}})


@pytest.mark.parametrize("embedded", [True, False])
@pytest.mark.parametrize("format", ["jpeg", "png", "tiff"])
def test_cmyk_becomes_rgb_of_the_same_look(tmp_path, embedded, format):
    cmyk = pictures.corners().icc_transform("cmyk")
    if not embedded:
        cmyk = cmyk.copy()
        cmyk.remove("icc-profile-data")
    source = pictures.save(cmyk, tmp_path / "source", "tiff")

    made = pipeline.process(source, "tiff", [{"operation": "convert", "options": {"format": format}}], tmp_path, "out")

    picture = shown(made.path)
    assert picture.bands == 3
    assert pictures.is_upright(picture)


@pytest.mark.parametrize("embedded", [True, False])
@pytest.mark.parametrize("format", ["png", "tiff"])
def test_cmyk_of_16_bits_keeps_them(tmp_path, embedded, format):
    cmyk = pictures.corners().icc_transform("cmyk", depth=16)
    cmyk = cmyk if embedded else vips_fields.remove_fields(cmyk, ["icc-profile-data"])
    source = pictures.save(cmyk, tmp_path / "source", "tiff")

    made = pipeline.process(source, "tiff", [{"operation": "convert", "options": {"format": format}}], tmp_path, "out")

    picture = pictures.load(made.path)
    assert (picture.format, picture.bands) == ("ushort", 3)
    assert pictures.is_upright(picture.colourspace("srgb"))


def test_a_profile_of_garbage_is_ignored(tmp_path):
    source = pictures.save(
        pictures.with_fields(pictures.corners(), icc_profile_data=b"no profile" * 20), tmp_path / "s"
    )

    for steps in ([], [{"operation": "strip-metadata"}]):
        made = pipeline.process(source, "jpeg", steps, tmp_path, "out")
        assert pictures.is_upright(pictures.load(made.path))
    pipeline.write_thumbnail(source, tmp_path / "small.jpg")


def test_a_grey_picture_with_a_colour_profile_still_opens(tmp_path):
    profile = with_profile("p3").get("icc-profile-data")
    grey = pictures.corners().colourspace("b-w")
    source = pictures.save(pictures.with_fields(grey, icc_profile_data=profile), tmp_path / "s", "tiff")

    made = pipeline.process(source, "tiff", [{"operation": "strip-metadata"}], tmp_path, "out")

    assert pictures.load(made.path).width == 96
