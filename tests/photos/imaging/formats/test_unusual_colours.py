"""Numbers that few programs write: of 32 bits, with a decimal point, or dimmed by the transparency."""

import struct

import pytest

from photos.imaging import pipeline
from tests.photos.imaging import pictures

PNG = {"operation": "convert", "options": {"format": "png"}}


def as_png(tmp_path, source, format="tiff"):
    """What becomes of a file as a PNG, and what is told about it."""
    made = pipeline.process(source, format, [PNG], tmp_path, "out")
    return pictures.load(made.path), made.notes


def whole(picture):
    """The picture in numbers of 0 to 2³² - 1 instead of 0 to 255."""
    return (picture.cast("uint") * 0x01010101).cast("uint").copy(interpretation=picture.interpretation)


@pytest.mark.parametrize("picture", [pictures.corners(), pictures.grey()], ids=["colour", "grey"])
def test_whole_numbers_of_32_bits_look_as_they_do_with_16(tmp_path, picture):
    source = pictures.save(whole(picture), tmp_path / "source", "tiff")

    shown, notes = as_png(tmp_path, source)

    assert shown.format == "ushort"
    assert abs(shown / 257 - picture).max() < 1
    assert notes == ("32 bits a colour became 16: PNG has no more",)


@pytest.mark.parametrize("alpha", [False, True])
def test_light_with_a_decimal_point_looks_alike_in_grey_and_in_colour(tmp_path, alpha):
    grey = pictures.grey(alpha=alpha)
    light = (grey / 255).cast("float").copy(interpretation="b-w")
    colours = light[0].bandjoin([light[0], *light.bandsplit()]).copy(interpretation="scrgb")

    of_grey, _ = as_png(tmp_path, pictures.save(light, tmp_path / "grey", "tiff"))
    of_colours, _ = as_png(tmp_path, pictures.save(colours, tmp_path / "colours", "tiff"))

    assert of_grey.bands == 1 + alpha
    assert of_grey(80, 60) == pytest.approx([of_colours(80, 60)[0], 65_535][: 1 + alpha], abs=300)
    assert of_grey(80, 60)[0] == pytest.approx(62_300, abs=600)  # 230 of 255 is light of 0.9, which sRGB stores as 0.95


@pytest.mark.parametrize("factor", [1, 257])
def test_grey_that_goes_beyond_1_reaches_to_what_whole_numbers_do(tmp_path, factor):
    grey = pictures.grey()
    stored = (grey * factor).cast("float").copy(interpretation="b-w")

    shown, _ = as_png(tmp_path, pictures.save(stored, tmp_path / "source", "tiff"))

    assert abs(shown / 257 - grey).max() < 1


def test_numbers_with_a_decimal_point_are_what_their_profile_says(tmp_path):
    picture = pictures.corners()
    profile = pictures.pyvips.Operation.call("profile_load", "srgb")
    stored = pictures.with_fields((picture / 255).cast("float"), icc_profile_data=bytes(profile))
    source = pictures.save(stored, tmp_path / "source", "tiff")

    shown, _ = as_png(tmp_path, source)

    assert abs(shown / 257 - picture).max() < 1


def test_an_avif_dimmed_by_its_transparency_gets_its_colours_back(tmp_path):
    half = pictures.pyvips.Image.black(96, 64).linear(1, 128).cast("uchar")
    dimmed = (pictures.corners() * 128 / 255).rint().cast("uchar").copy(interpretation="srgb").bandjoin(half)
    dimmed = pictures.with_fields(dimmed, **{"exif_ifd0_Make": "any"})
    source = pictures.save(dimmed, tmp_path / "source", "avif", Q=98, subsample_mode="off")
    content = source.read_bytes()
    # A reference of the same length: instead of "the EXIF block describes the picture" that the picture is dimmed.
    at = content.index(b"cdsc")
    source.write_bytes(content[:at] + b"prem" + struct.pack(">HHH", 1, 1, 2) + content[at + 10 :])

    shown, _ = as_png(tmp_path, source, "avif")

    assert shown(4, 4) == pytest.approx([220, 30, 30, 128], abs=6)
