"""What cannot be opened is refused with a sentence that a person understands, before much is decoded."""

import struct
import zlib

import pytest

from photos.imaging import pipeline
from photos.imaging.formats import Limits, Unreadable, probe
from tests.photos.imaging import pictures

SVG = b'<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="9" height="9"/></svg>'
NOT_PICTURES = {
    "svg": SVG,
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n",
    "html": b"<!doctype html><script>alert(1)</script>",
    "numbers": b"2 2\n1 2\n3 4\n",
    "comma-separated numbers": b"1,2\n3,4\n",
    "php": b"<?php system($_GET['c']); ?>",
    "zip": b"PK\x03\x04" + bytes(60),
    "one byte": b"\x89",
    "bmp": b"BM" + bytes(60),
    "pixels of libvips": b"\xb6\xa6\xf2\x08" + bytes(64),
}


@pytest.mark.parametrize("content", NOT_PICTURES.values(), ids=NOT_PICTURES)
def test_what_is_no_picture_is_refused_under_a_picture_s_name(tmp_path, content):
    path = tmp_path / "holiday.jpg"
    path.write_bytes(content)

    with pytest.raises(Unreadable, match=r"not a picture|BMP"):
        probe(path, Limits())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (SVG, "This is an SVG drawing"),
        (b'<?xml version="1.0"?>\n<!-- --><svg xmlns="s"/>', "This is an SVG drawing"),
        (NOT_PICTURES["html"], "This is a web page"),
        (NOT_PICTURES["php"], "This is a program"),
        (NOT_PICTURES["zip"], "This is a ZIP archive"),
        (NOT_PICTURES["postscript"], "This is a PostScript program"),
        (NOT_PICTURES["bmp"], "This is a BMP picture, which cannot be opened: save it as PNG first"),
        (b"\0\0\0\x18ftypmp42\0\0\0\0", "This is a video"),
        (b"\0\x05\x16\x07\0\x02", "This is a macOS metadata file"),
    ],
)
def test_what_it_is_instead_is_told(tmp_path, content, words):
    path = tmp_path / "holiday.jpg"
    path.write_bytes(content)

    with pytest.raises(Unreadable, match=words):
        probe(path, Limits())


def test_an_empty_file_is_said_to_be_empty(tmp_path):
    path = tmp_path / "holiday.jpg"
    path.touch()

    with pytest.raises(Unreadable, match="empty"):
        probe(path, Limits())


@pytest.mark.parametrize(
    ("start", "words"),
    [
        (b"FUJIFILMCCD-RAW 0201", "The raw file has no picture inside that can be shown here"),
        (b"\xff\x0a\xfa\x1f", "JPEG XL cannot be opened here"),
    ],
)
def test_formats_to_come_are_refused_by_name(tmp_path, start, words):
    path = tmp_path / "holiday"
    path.write_bytes(start)

    with pytest.raises(Unreadable, match=words):
        probe(path, Limits())


@pytest.mark.parametrize("format", pictures.FORMATS)
@pytest.mark.parametrize("share", [0.5, 0.9])
def test_a_truncated_file_never_passes_for_a_whole_one(tmp_path, format, share):
    noise = pictures.pyvips.Image.gaussnoise(200, 150, mean=128, sigma=60, seed=1).cast("uchar")
    path = pictures.save(noise.bandjoin([noise, noise]).copy(interpretation="srgb"), tmp_path / "cut", format)
    content = path.read_bytes()
    path.write_bytes(content[: int(len(content) * share)])

    with pytest.raises(Unreadable, match=r"The file ends in the middle of the picture|The file is damaged"):
        pipeline.process(path, format, [], tmp_path, "out")
    assert [each.name for each in tmp_path.iterdir()] == ["cut"]


@pytest.mark.parametrize("format", pictures.FORMATS)
def test_every_start_of_a_file_is_refused_in_words(tmp_path, format):
    path = pictures.save(pictures.corners(), tmp_path / "cut", format)
    content = path.read_bytes()
    for length in range(1, 120):
        path.write_bytes(content[:length])
        with pytest.raises(Unreadable):
            pipeline.process(path, format, [], tmp_path, "out")


def png_header(width: int, height: int) -> bytes:
    """A PNG that says that it is large, and says nothing more."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(b"")), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(pictures.png_chunk(*part) for part in parts)


def test_a_picture_that_says_that_it_is_huge_is_refused_by_its_header(tmp_path):
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(60_000, 50_000))

    with pytest.raises(Unreadable, match="The picture has 3,000 megapixels; the limit is 250"):
        probe(path, Limits())


def test_frames_and_pages_are_limited(tmp_path):
    moving = pictures.save_animation(tmp_path / "moving", frames=5)

    with pytest.raises(Unreadable, match="The animation has 5 frames; the limit is 4"):
        probe(moving, Limits(frames=4))
    assert probe(moving, Limits(frames=5)).frames == 5


def test_the_frames_of_an_animation_are_measured_together(tmp_path):
    moving = pictures.save_animation(tmp_path / "moving", frames=5, width=400, height=500)

    with pytest.raises(Unreadable, match="The picture has 1 megapixels in 5 frames"):
        probe(moving, Limits(megapixels=0.9))


def numbers_of_64_bits(path):
    """A TIFF that says that each of its numbers has a decimal point and 64 bits."""
    pictures.save(pictures.grey(), path, "tiff")
    content = path.read_bytes()
    with_one, with_eight = struct.pack("<HHII", 258, 3, 1, 8), struct.pack("<HHII", 258, 3, 1, 64)
    path.write_bytes(content.replace(with_one, with_eight))


def samples_of_12_bits(path):
    """A JPEG that says that each of its numbers has 12 bits."""
    pictures.save(pictures.grey(), path)
    content = path.read_bytes()
    path.write_bytes(content.replace(b"\xff\xc0\0\x0b\x08", b"\xff\xc1\0\x0b\x0c"))


@pytest.mark.parametrize("coding", [numbers_of_64_bits, samples_of_12_bits])
def test_a_whole_file_in_an_unusual_coding_is_not_called_damaged(tmp_path, coding):
    path = tmp_path / "source"
    coding(path)

    with pytest.raises(Unreadable, match="coded in a way that cannot be opened here"):
        pipeline.inspect_file(path, Limits(), tmp_path / "small.jpg")


def test_a_missing_original_is_said_to_be_missing(tmp_path):
    with pytest.raises(Unreadable, match="missing"):
        pipeline.process(tmp_path / "gone", "jpeg", [], tmp_path, "out")
