"""Camera raw files show the picture that the camera made; LibRaw makes one where that is small, if it is installed."""

import pytest

from photos.imaging import pipeline
from photos.imaging.formats import Limits, Unreadable, probe
from photos.imaging.formats.raw import libraw
from photos.imaging.formats.raw.embedded_jpeg import largest_jpeg
from tests.photos.imaging import pictures, raws

needs_libraw = pytest.mark.skipif(not libraw.AVAILABLE, reason="the extra raw is not installed")
RESIZE = {"operation": "resize", "options": {"longest_edge": 48}}
KINDS = {
    "dng": lambda path: raws.write_dng(path, raws.camera_jpeg()),
    "raf": lambda path: raws.write_raf(path, raws.camera_jpeg()),
    "cr3": lambda path: raws.write_cr3(path, raws.camera_jpeg()),
    "rw2": lambda path: raws.write_dng_like(path, b"IIU\0"),
    "orf": lambda path: raws.write_dng_like(path, b"IIRO"),
}


@pytest.mark.parametrize("make", KINDS.values(), ids=KINDS)
@pytest.mark.parametrize("steps", [[], [RESIZE]])
def test_a_raw_file_becomes_the_camera_s_own_picture_as_jpeg(tmp_path, make, steps):
    source = make(tmp_path / "source")

    found = probe(source, Limits())
    made = pipeline.process(source, "raw", steps, tmp_path, "out")

    assert (found.format, found.width, found.height) == ("raw", 96, 64)
    assert made.format == "jpeg"
    assert pictures.is_upright(pictures.load(made.path))


@pytest.mark.parametrize("make", [raws.write_dng, raws.write_cr3])
def test_the_raw_file_says_how_the_camera_was_held(tmp_path, make):
    stored = pictures.STORAGE_TURNS[6](pictures.corners()).jpegsave_buffer(Q=95, subsample_mode="off")
    source = make(tmp_path / "source", stored, orientation=6)

    found = probe(source, Limits())
    made = pipeline.process(source, "raw", [], tmp_path, "out")

    assert (found.width, found.height, found.orientation) == (96, 64, 6)
    assert pictures.is_upright(pictures.load(made.path))


@pytest.mark.parametrize("make", [raws.write_dng, raws.write_cr3])
def test_its_metadata_comes_along(tmp_path, make):
    source = make(tmp_path / "source", raws.camera_jpeg())

    assert probe(source, Limits()).taken_at.isoformat() == "2023-09-25T08:33:30+00:00"
    picture = pictures.load(pipeline.process(source, "raw", [], tmp_path, "out").path)
    assert picture.get("exif-ifd0-Make").startswith("Pinhole")
    if make is raws.write_dng:
        assert picture.get("exif-ifd0-Model").startswith("Pinhole 35 Jörg")
        assert picture.get("exif-ifd0-Copyright").startswith("Ana")
        assert picture.get("exif-ifd3-GPSLatitude").startswith("52/1 30/1 0/1")


def test_the_largest_picture_is_the_one(tmp_path):
    path = tmp_path / "several"
    path.write_bytes(
        b"x" * 9
        + raws.camera_jpeg(32, 32)
        + b"\xff\xd8\xff\xe0 no picture"
        + raws.camera_jpeg()
        + raws.camera_jpeg(64, 64)
    )

    picture = pictures.pyvips.Image.jpegload_buffer(largest_jpeg(path), fail_on="error")

    assert (picture.width, picture.height) == (96, 64)
    assert pictures.is_upright(picture)


def test_a_thumbnail_inside_the_picture_is_none_of_its_own(tmp_path):
    small = pictures.with_fields(
        pictures.corners(), jpeg_thumbnail_data=raws.camera_jpeg(32, 32), exif_ifd0_Make="Pinhole"
    )
    path = raws.write_raf(tmp_path / "source", small.jpegsave_buffer(interlace=True))

    picture = pictures.pyvips.Image.jpegload_buffer(largest_jpeg(path), fail_on="error")

    assert (picture.width, picture.height) == (96, 64)


@pytest.mark.parametrize("share", [0.3, 0.7])
def test_a_picture_cut_short_is_no_picture(tmp_path, share):
    content = raws.camera_jpeg()
    source = raws.write_raf(tmp_path / "source", b"")
    source.write_bytes(source.read_bytes()[:160] + content[: int(len(content) * share)])

    with pytest.raises(Unreadable, match="no picture inside"):
        probe(source, Limits())


@needs_libraw
@pytest.mark.parametrize("preview", [None, raws.camera_jpeg(24, 16)], ids=["none", "small"])
@pytest.mark.parametrize("steps", [[], [RESIZE]])
def test_without_a_large_picture_libraw_makes_one(tmp_path, preview, steps):
    source = raws.write_dng(tmp_path / "source", preview, orientation=6, sensor=(160, 120))

    found = probe(source, Limits())
    made = pipeline.process(source, "raw", steps, tmp_path, "out")

    assert (found.width, found.height, found.orientation) == (120, 160, 1)
    picture = pictures.load(made.path)
    assert (picture.width, picture.height) == ((36, 48) if steps else (120, 160))
    right, left = picture(picture.width - 4, picture.height // 2), picture(3, picture.height // 2)
    assert sum(right) > sum(left) + 100  # bright above, and turned to the right
    assert picture.get("exif-ifd0-Make").startswith("Pinhole")


def test_without_libraw_a_small_picture_is_better_than_none(tmp_path, monkeypatch):
    monkeypatch.setattr(libraw, "AVAILABLE", False)
    source = raws.write_dng(tmp_path / "source", raws.camera_jpeg(24, 16), sensor=(160, 120))

    assert (probe(source, Limits()).width, probe(source, Limits()).height) == (24, 16)


@needs_libraw
def test_a_raw_file_cut_short_is_refused_in_words(tmp_path):
    source = raws.write_dng(tmp_path / "source", None, sensor=(800, 600))
    source.write_bytes(source.read_bytes()[:500_000])

    with pytest.raises(Unreadable):
        pipeline.process(source, "raw", [], tmp_path, "out")
    assert [each.name for each in tmp_path.iterdir()] == ["source"]
