"""Comments inside JPEG and GIF come along when a picture is encoded anew, and none is lost in silence."""

import pytest
from PIL import Image

from photos.imaging import pipeline
from photos.imaging.formats.gif import blocks
from photos.imaging.formats.jpeg import segments
from tests.photos.imaging import pictures

WORDS = [b"Gr\xfc\xdfe from the lake", b"Roll 7, frame 12"]
RESIZE = {"operation": "resize", "options": {"longest_edge": 40}}
STRIP = {"operation": "strip-metadata"}
PLACELESS = {"operation": "strip-metadata", "options": {"only": "gps"}}


def with_comments(path, format, comments=WORDS):
    """A picture with comments, put in by hand."""
    if format == "gif":
        pictures.save_animation(path)
        blocks.add_comments(path, comments)
        return path
    data = pictures.save(pictures.with_fields(pictures.corners(), exif_ifd0_Make="Pinhole"), path).read_bytes()
    path.write_bytes(data[:2] + segments.pack_comments(comments) + data[2:])
    return path


def made(tmp_path, format, *steps, comments=WORDS):
    return pipeline.process(with_comments(tmp_path / "a", format, comments), format, steps, tmp_path, "out")


def comments_of(path):
    """As Pillow reads them: of a JPEG the last one alone, of a GIF all in one."""
    with Image.open(path) as picture:
        while picture.format == "GIF" and picture.tell() + 1 < picture.n_frames:
            picture.seek(picture.tell() + 1)
        return picture.info.get("comment", b"")


def convert(format):
    return {"operation": "convert", "options": {"format": format}}


@pytest.mark.parametrize("format", ["jpeg", "gif"])
def test_comments_come_along_byte_for_byte_when_a_picture_is_encoded_anew(tmp_path, format):
    output = made(tmp_path, format, RESIZE)

    assert (segments if format == "jpeg" else blocks).read_comments(output.path) == WORDS
    assert output.width == 40
    assert output.notes == ()
    assert pictures.load(output.path).width == 40


def test_comments_of_a_jpeg_stand_behind_its_exif(tmp_path):
    path = made(tmp_path, "jpeg", RESIZE).path

    markers = [each.marker for each in segments.walk_segments(path.read_bytes(), last=segments.SCAN)]
    assert markers[:3] == [segments.EXIF_AND_XMP, segments.COMMENT, segments.COMMENT]
    assert comments_of(path) == WORDS[1]


@pytest.mark.parametrize(
    ("format", "target", "kept", "told"),
    [
        ("jpeg", "gif", True, False),
        ("gif", "jpeg", True, False),
        ("jpeg", "png", False, True),
        ("jpeg", "webp", False, True),
        ("gif", "webp", False, True),
    ],
)
def test_a_comment_goes_into_other_formats_or_its_loss_is_told(tmp_path, format, target, kept, told):
    output = made(tmp_path, format, convert(target))

    readers = {"jpeg": segments, "gif": blocks}
    assert (target in readers and readers[target].read_comments(output.path) == WORDS) is kept
    assert any("comment was left out" in note for note in output.notes) is told


def test_a_comment_in_plain_letters_becomes_the_comment_of_a_png(tmp_path):
    output = made(tmp_path, "jpeg", convert("png"), comments=WORDS[1:])

    with Image.open(output.path) as picture:
        assert picture.text["Comment"] == "Roll 7, frame 12"
    assert output.notes == ()


@pytest.mark.parametrize("steps", [[STRIP], [RESIZE, STRIP]])
@pytest.mark.parametrize("format", ["jpeg", "gif"])
def test_no_comment_is_left_after_stripping(tmp_path, format, steps):
    path = made(tmp_path, format, *steps).path

    assert not any(words in path.read_bytes() for words in WORDS)


@pytest.mark.parametrize("steps", [[PLACELESS], [RESIZE, PLACELESS]])
def test_comments_stay_without_the_place_but_for_those_that_tell_one(tmp_path, steps):
    output = made(tmp_path, "jpeg", *steps, comments=[WORDS[0], b"Latitude 52.5, longitude 13.4", WORDS[1]])

    assert segments.read_comments(output.path) == WORDS
    assert output.notes == ()


def test_a_comment_that_is_too_long_for_a_jpeg_is_told(tmp_path):
    output = made(tmp_path, "gif", convert("jpeg"), comments=[b"x" * 70_000, b"short"])

    assert segments.read_comments(output.path) == [b"short"]
    assert "The comment was left out: JPEG cannot hold it" in output.notes


@pytest.mark.parametrize("format", ["jpeg", "gif"])
def test_files_that_break_off_give_what_comments_they_have(tmp_path, format):
    data = with_comments(tmp_path / "whole", format).read_bytes()
    reader = segments if format == "jpeg" else blocks

    for end in range(1, len(data), 7):
        (tmp_path / "cut").write_bytes(data[:end])
        found = reader.read_comments(tmp_path / "cut")
        assert found == WORDS[: len(found)]
