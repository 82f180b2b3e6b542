"""HEIC from phones opens in the right colours and the right way up, and becomes JPEG."""

from pathlib import Path

import pytest

from photos.imaging import pipeline
from photos.imaging.formats import Limits, Unreadable, format_of, probe
from photos.imaging.operations import InvalidSteps, parse_steps
from tests.photos.imaging import pictures

# The corners of tests/photos/imaging/pictures.py, coded once: nothing that the tests have can write HEIC.
FILES = Path(__file__).parents[1] / "files"
RESIZE = {"operation": "resize", "options": {"longest_edge": 48}}


def converted(name, tmp_path, *steps, format="png"):
    """What becomes of one of the files."""
    convert = {"operation": "convert", "options": {"format": format}}
    return pictures.load(pipeline.process(FILES / name, "heic", [*steps, convert], tmp_path, "out").path)


@pytest.mark.parametrize("steps", [[], [RESIZE], [{"operation": "strip-metadata"}]])
def test_heic_becomes_jpeg(tmp_path, steps):
    made = pipeline.process(FILES / "plain.heic", "heic", steps, tmp_path, "out")

    assert (made.format, made.path.name) == ("jpeg", "out.jpg")
    assert pictures.is_upright(pictures.load(made.path))


def test_its_header_tells_what_it_is():
    found = probe(FILES / "plain.heic", Limits())

    assert (found.format, found.width, found.height, found.pages, found.frames) == ("heic", 96, 64, 1, 1)
    assert found.taken_at.isoformat() == "2023-09-25T08:33:30+00:00"


def test_its_metadata_comes_along(tmp_path):
    picture = converted("plain.heic", tmp_path, format="jpeg")

    assert picture.get("exif-ifd0-Make").startswith("Pinhole")
    assert picture.get("exif-ifd3-GPSLatitudeRef").startswith("N")
    assert b"Berlin" in picture.get("xmp-data")


def test_the_container_turns_the_picture_and_nothing_else_does(tmp_path):
    found = probe(FILES / "turned.heic", Limits())

    assert (found.width, found.height, found.orientation) == (96, 64, 1)
    assert pictures.is_upright(converted("turned.heic", tmp_path))


def test_ten_bits_stay_more_than_eight(tmp_path):
    picture = converted("deep.heic", tmp_path)

    assert (picture.format, picture.interpretation) == ("ushort", "rgb16")
    assert picture(2, 2)[0] == pytest.approx(220 * 256 + 77, abs=300)


def test_transparency_stays(tmp_path):
    picture = converted("transparent.heic", tmp_path)

    assert picture(2, 2)[3] < 10
    assert picture(90, 2)[3] > 245


@pytest.mark.parametrize("name", ["p3.heic", "p3-numbers.heic"])
def test_display_p3_is_a_profile_however_it_is_told(tmp_path, name):
    assert converted(name, tmp_path).get_typeof("icc-profile-data")

    shown = converted(name, tmp_path, {"operation": "strip-metadata"})
    assert not shown.get_typeof("icc-profile-data")
    red, green, blue = shown(2, 2)
    assert red > 230  # unconverted it would be 220, 30, 30
    assert max(green, blue) < 28


def test_hdr_is_brought_to_the_brightness_of_a_screen(tmp_path):
    picture = converted("hdr.heic", tmp_path)

    grey = picture(90, 60)
    assert grey == pytest.approx([grey[0]] * 3, rel=0.02)
    # 230 of 255 in PQ are 3,900 nits: far above paper white, so very near to white.
    assert grey[0] > 0.97 * 65_535


@pytest.mark.parametrize("share", [0.05, 0.5, 0.9, 0.99])
def test_a_file_cut_short_is_refused_in_words(tmp_path, share):
    content = (FILES / "deep.heic").read_bytes()
    path = tmp_path / "cut"
    path.write_bytes(content[: int(len(content) * share)])

    with pytest.raises(Unreadable, match=r"The file ends in the middle of the picture|The file is damaged"):
        pipeline.process(path, "heic", [], tmp_path, "out")
    assert [each.name for each in tmp_path.iterdir()] == ["cut"]


def test_a_spoiled_file_never_does_worse_than_be_refused(tmp_path):
    content = (FILES / "deep.heic").read_bytes()
    refused = 0
    for at in range(0, len(content), 30):
        (tmp_path / "spoiled").write_bytes(content[:at] + bytes(20) + content[at + 20 :])
        try:
            pipeline.process(tmp_path / "spoiled", "heic", [], tmp_path, "out")
        except Unreadable:
            refused += 1

    assert refused > 10


def test_what_is_held_whole_has_a_limit_of_its_own(tmp_path):
    heic = format_of("heic")

    assert Limits(megapixels=1000).for_format(heic).megapixels == heic.max_megapixels
    assert Limits(megapixels=10).for_format(heic).megapixels == 10


def test_heic_is_no_format_of_outputs():
    with pytest.raises(InvalidSteps, match="format must be"):
        parse_steps([{"operation": "convert", "options": {"format": "heic"}}])
