"""What a header says."""

import struct
from datetime import UTC, datetime

import pytest

from photos.imaging.formats import Limits, Unreadable, probe
from tests.photos.imaging import pictures


@pytest.mark.parametrize("format", pictures.FORMATS)
def test_each_format_tells_its_size(tmp_path, format):
    path = pictures.save(pictures.corners(90, 60), tmp_path / "a", format)

    found = probe(path, Limits())

    assert (found.format, found.width, found.height, found.pages, found.frames) == (format, 90, 60, 1, 1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_width_and_height_are_those_of_the_upright_picture(tmp_path, orientation):
    found = probe(pictures.save_turned(tmp_path / "a", orientation), Limits())

    assert (found.width, found.height, found.orientation) == (96, 64, orientation)


def test_an_impossible_orientation_counts_as_none(tmp_path):
    path = pictures.save_turned(tmp_path / "a", 6)
    content = path.read_bytes()
    # The tag 0x0112 in the EXIF block: a short, one of it, its value.
    for order in ("little", "big"):
        tag = b"".join(number.to_bytes(size, order) for number, size in ((0x0112, 2), (3, 2), (1, 4)))
        content = content.replace(tag + (6).to_bytes(2, order), tag + (99).to_bytes(2, order))
    path.write_bytes(content)

    found = probe(path, Limits())

    assert (found.width, found.height, found.orientation) == (64, 96, 1)


def test_pages_and_frames_are_counted(tmp_path):
    pages = pictures.corners(64, 96)
    tiff = pictures.save(pictures.with_fields(pages, page_height=32), tmp_path / "a", "tiff")

    assert probe(tiff, Limits()).pages == 3
    assert probe(pictures.save_animation(tmp_path / "b", "gif", frames=4), Limits()).frames == 4
    assert probe(pictures.save_animation(tmp_path / "c", "webp", frames=4), Limits()).frames == 4


@pytest.mark.parametrize(
    ("fields", "moment"),
    [
        ({"exif-ifd2-DateTimeOriginal": "2023:09:25 08:33:30"}, datetime(2023, 9, 25, 8, 33, 30, tzinfo=UTC)),
        (
            {"exif-ifd2-DateTimeOriginal": "2023:09:25 08:33:30", "exif-ifd2-OffsetTimeOriginal": "+02:00"},
            datetime(2023, 9, 25, 6, 33, 30, tzinfo=UTC),
        ),
        ({"exif-ifd2-DateTimeDigitized": "2020:01:02 03:04:05"}, datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)),
        ({"exif-ifd2-DateTimeOriginal": "2023:13:45 25:61:61"}, None),
        ({"exif-ifd2-DateTimeOriginal": "0000:00:00 00:00:00"}, None),
        ({"exif-ifd2-DateTimeOriginal": "0001:01:01 00:00:00", "exif-ifd2-OffsetTimeOriginal": "+10:00"}, None),
        ({"exif-ifd2-DateTimeOriginal": "<script>alert(1)</s"}, None),
        ({}, None),
    ],
)
def test_the_date_taken_comes_from_the_camera(tmp_path, fields, moment):
    path = pictures.save(pictures.with_fields(pictures.corners(), **fields), tmp_path / "a")

    assert probe(path, Limits()).taken_at == moment


@pytest.mark.parametrize(
    ("offset", "clock"),
    [
        ("-05:30", "2023-09-25T23:33:30-05:30"),
        ("+00:00", "2023-09-25T23:33:30+00:00"),
        ("", None),
        ("+99:99", None),
        ("  :  ", None),
        ("+24:00", None),
    ],
)
def test_the_clock_of_the_camera_is_known_with_its_zone_where_it_says_one(tmp_path, offset, clock):
    """An odd zone costs the zone alone, not the date."""
    said = {"exif-ifd2-DateTimeOriginal": "2023:09:25 23:33:30", "exif-ifd2-OffsetTimeOriginal": offset}
    path = pictures.save(pictures.with_fields(pictures.corners(), **said), tmp_path / "a")

    found = probe(path, Limits())

    assert found.zone_is_known == (clock is not None)
    assert found.taken.isoformat() == (clock or "2023-09-25T23:33:30+00:00")


def test_metadata_in_odd_bytes_keeps_no_picture_from_opening(tmp_path):
    path = pictures.add_odd_text(pictures.save(pictures.corners(), tmp_path / "a", "png"))

    found = probe(path, Limits())

    assert (found.width, found.height) == (96, 64)


def test_every_page_of_a_tiff_is_within_the_limit(tmp_path):
    path = pictures.save_corner_pages(tmp_path / "a", [(20, 20), (20, 20), (1500, 1500)])

    assert probe(path, Limits(megapixels=3)).pages == 3
    with pytest.raises(Unreadable, match="The picture has 2 megapixels; the limit is 1"):
        probe(path, Limits(megapixels=1))


@pytest.mark.parametrize("order", ["<", ">"])
def test_every_page_of_a_bigtiff_is_within_the_limit(tmp_path, order):
    """Its pages are unlike, which libvips does not write: two directories of what matters for a size."""

    def directory(place, side, following):
        tags = ((256, 4, side), (257, 4, side), (258, 3, 8), (259, 3, 1), (262, 3, 1), (273, 4, 16), (277, 3, 1))
        entries = [
            struct.pack(order + "HHQ", tag, type, 1) + struct.pack(order + {3: "H6x", 4: "I4x"}[type], value)
            for tag, type, value in (*tags, (278, 4, side), (279, 4, 400))
        ]
        return struct.pack(order + "Q", len(entries)) + b"".join(entries) + struct.pack(order + "Q", following)

    first = directory(416, 20, 416 + 16 + 20 * 9)
    start = struct.pack(order + "2sHHHQ", b"II" if order == "<" else b"MM", 43, 8, 0, 416)
    path = tmp_path / "a"
    path.write_bytes(start + bytes(400) + first + directory(416 + len(first), 1500, 0))

    assert probe(path, Limits(megapixels=3)).pages == 2
    with pytest.raises(Unreadable, match="The picture has 2 megapixels; the limit is 1"):
        probe(path, Limits(megapixels=1))


def test_a_later_page_that_cannot_be_opened_keeps_no_file_out(tmp_path):
    """Many outputs take the first page alone."""
    path = pictures.save_corner_pages(tmp_path / "a", [(20, 20), (30, 20)])
    content = path.read_bytes()
    codings = [at for at in range(len(content)) if content[at : at + 8] == struct.pack("<HHI", 259, 3, 1)]
    assert len(codings) >= 2
    path.write_bytes(content[: codings[-1] + 8] + struct.pack("<I", 99) + content[codings[-1] + 12 :])

    assert probe(path, Limits()).pages == 2
