"""Texts inside PNG keep their keys and every letter; what stands for EXIF, XMP or IPTC is treated as such."""

import errno
import shutil
import time
import zlib

import pytest

from photos.imaging import pipeline
from photos.imaging.formats import FORMATS, Saving
from photos.imaging.formats.metadata import png_text
from tests.photos.imaging import pictures

RESIZE = {"operation": "resize", "options": {"longest_edge": 40}}
OWNED = {"operation": "set-metadata", "options": {"artist": "Ana"}}
STRIP = {"operation": "strip-metadata"}
PLACELESS = {"operation": "strip-metadata", "options": {"only": "gps"}}
CAPTION = b"\x1c\x02\x78\x00\x06Berlin"
TEXTS = [
    b"tEXtCreation Time\x002026-01-01",
    b"tEXtComment\0Gr\xfc\xdfe vom Meer",
    b"zTXtDescription of it\0\0" + zlib.compress(b"A beach"),
    b"iTXtTitle of it\0\1\0de\0Titel\0" + zlib.compress("海".encode()),
]
PLACES = [
    b"tEXtexif:GPSLatitude\x0052/1, 30/1, 0/1",
    b"zTXtWhere it was\0\0" + zlib.compress(b"Latitude 52.5"),
    b"iTXtWhere it was\0\1\0\0\0" + zlib.compress(b"Longitude 13.4"),
    b"tEXtRaw profile type exif\0\nexif\n  8\n4578696600GPS\n",
]


def with_texts(path, texts, **fields):
    """A PNG with these texts."""
    pictures.save(pictures.with_fields(pictures.corners(), **fields), path, "png", keep="xmp")
    png_text.insert_texts(path, texts)
    return path


def made(tmp_path, texts, *steps, format="png", **fields):
    convert = [] if format == "png" else [{"operation": "convert", "options": {"format": format}}]
    return pipeline.process(with_texts(tmp_path / "a", texts, **fields), "png", [*steps, *convert], tmp_path, "out")


def profile(name, data):
    """A profile as ImageMagick writes it, packed."""
    text = b"\n%b\n%8d\n%b\n" % (name, len(data), data.hex("\n", 36).encode())
    return b"zTXtRaw profile type " + name + b"\0\0" + zlib.compress(text)


@pytest.mark.parametrize("steps", [[RESIZE], [OWNED], [RESIZE, PLACELESS]], ids=str)
def test_texts_come_along_byte_for_byte(tmp_path, steps):
    output = made(tmp_path, TEXTS, *steps)

    assert list(png_text.read_chunks(output.path)) == TEXTS
    assert output.notes == ()
    assert pictures.load(output.path).width in (40, 96)


def test_what_libvips_reads_of_them_has_whole_keys(tmp_path):
    fields = pictures.load(made(tmp_path, TEXTS, RESIZE).path).get_fields()

    assert [name for name in fields if "Creation" in name] == ["png-comment-0-Creation Time"]


@pytest.mark.parametrize("steps", [[STRIP], [RESIZE, STRIP]], ids=str)
def test_none_is_left_after_stripping(tmp_path, steps):
    assert list(png_text.read_chunks(made(tmp_path, [*TEXTS, *PLACES], *steps).path)) == []


@pytest.mark.parametrize("steps", [[PLACELESS], [RESIZE, PLACELESS]], ids=str)
def test_those_that_tell_the_place_can_go_alone(tmp_path, steps):
    assert list(png_text.read_chunks(made(tmp_path, [*TEXTS, *PLACES], *steps).path)) == TEXTS


def test_exif_and_xmp_in_a_text_are_read_as_such(tmp_path):
    camera = pictures.with_fields(
        pictures.corners(), exif_ifd0_Make="Pinhole", exif_ifd3_GPSLatitude="52/1 30/1 0/1", orientation=6
    )
    block = pictures.pyvips.Image.jpegload_buffer(camera.jpegsave_buffer()).get("exif-data")
    texts = [profile(b"exif", block), profile(b"xmp", b"<x>Berlin</x>")]

    for name, steps, place in (("kept", [RESIZE], True), ("gone", [RESIZE, PLACELESS], False)):
        output = made(tmp_path, texts, *steps, format="jpeg")
        fields = pictures.load(output.path)
        assert pictures.is_upright(fields), "nobody turns a picture for that"
        assert fields.get("exif-ifd0-Make").startswith("Pinhole"), name
        assert b"Berlin" in fields.get("xmp-data")
        assert ("exif-ifd3-GPSLatitude" in fields.get_fields()) == place
    assert list(png_text.read_chunks(made(tmp_path, texts, RESIZE).path)) == []


@pytest.mark.parametrize("steps", [[RESIZE], [PLACELESS]], ids=str)
def test_iptc_goes_from_jpeg_into_a_text_and_back(tmp_path, steps):
    photo = pictures.with_fields(pictures.corners(), iptc_data=CAPTION)
    FORMATS["jpeg"].save(photo, tmp_path / "photo", Saving("jpeg"))
    convert = {"operation": "convert", "options": {"format": "png"}}

    png = pipeline.process(tmp_path / "photo", "jpeg", [*steps, convert], tmp_path, "there").path
    (chunk,) = png_text.read_chunks(png)
    back = pipeline.process(png, "png", [convert | {"options": {"format": "tiff"}}], tmp_path, "back").path

    assert png_text.chunk_key(chunk) == b"Raw profile type iptc"
    assert pictures.load(back).get("iptc-data").rstrip(b"\0") == CAPTION


@pytest.mark.parametrize("odd", [b"", b"\niptc\n 4\nabc\n", b"no digits", b"\niptc\n 4\nzz\n", b"\0\0\0"])
@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
def test_what_is_no_text_or_profile_stops_nothing(tmp_path, kind, odd):
    output = made(tmp_path, [kind + b"Raw profile type iptc\0" + odd, kind + b"Title\0" + odd, kind], PLACELESS)

    assert pictures.is_upright(pictures.load(output.path))


def test_long_blanks_in_a_broken_profile_cost_no_time():
    began = time.process_time()

    assert png_text.decode_profile(b"tEXtRaw profile type iptc\0a 1" + b" " * 400_000 + b"!") == b""
    assert time.process_time() - began < 1


def test_texts_that_cannot_be_written_leave_the_picture_as_it_was(tmp_path, monkeypatch):
    path = with_texts(tmp_path / "a", [])
    before = path.read_bytes()

    def copy(source, target):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(shutil, "copyfileobj", copy)
    with pytest.raises(OSError, match="No space"):
        png_text.insert_texts(path, TEXTS)

    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_files_that_break_off_give_what_texts_they_have(tmp_path):
    data = with_texts(tmp_path / "whole", TEXTS).read_bytes()

    for end in range(1, len(data), 5):
        (tmp_path / "cut").write_bytes(data[:end])
        found = list(png_text.read_chunks(tmp_path / "cut"))
        assert found == TEXTS[: len(found)]
