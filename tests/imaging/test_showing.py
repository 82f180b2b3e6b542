"""Thumbnails and previews: small, upright, in sRGB, without metadata."""

import pytest

from photos import pipeline
from photos.formats import sniff
from photos.operations import StepsWrong
from tests.imaging import pictures


@pytest.mark.parametrize("name", ["small.jpg", "small.webp"])
@pytest.mark.parametrize("format", pictures.FORMATS)
def test_every_format_has_a_thumbnail(tmp_path, name, format):
    source = pictures.save(pictures.transparent(900, 600), tmp_path / "source", format)

    pipeline.thumbnail(source, tmp_path / name)

    small = pictures.opened(tmp_path / name)
    assert sniff(tmp_path / name) == {"small.jpg": "jpeg", "small.webp": "webp"}[name]
    assert (small.width, small.height) == (480, 320)
    assert not [field for field in small.get_fields() if field.startswith(("exif-ifd", "icc", "xmp"))]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_thumbnail_is_upright(tmp_path, orientation):
    source = pictures.turned(tmp_path / "source", orientation, width=900, height=600)

    pipeline.thumbnail(source, tmp_path / "small.jpg", size=120)

    small = pictures.opened(tmp_path / "small.jpg")
    assert (small.width, small.height) == (120, 80)
    assert pictures.is_upright(small)


def test_a_small_picture_is_its_own_thumbnail(tmp_path):
    pipeline.thumbnail(pictures.save(pictures.corners(), tmp_path / "source"), tmp_path / "small.jpg")

    assert pictures.opened(tmp_path / "small.jpg").width == 96


def test_a_thumbnail_of_nothing_leaves_nothing(tmp_path):
    (tmp_path / "source").write_bytes(b"no picture")

    with pytest.raises(pipeline.Unreadable):
        pipeline.thumbnail(tmp_path / "source", tmp_path / "small.jpg")
    assert [each.name for each in tmp_path.iterdir()] == ["source"]


@pytest.mark.parametrize(
    ("steps", "size"),
    [
        ([], (1600, 1200)),
        ([{"operation": "resize", "options": {"longest_edge": 800}}], (800, 600)),
        ([{"operation": "resize", "options": {"percent": 90}}], (1600, 1200)),
        ([{"operation": "convert", "options": {"format": "avif"}}], (1600, 1200)),
    ],
)
def test_a_preview_is_what_the_steps_make_at_screen_size(tmp_path, steps, size):
    source = pictures.turned(tmp_path / "source", 6, "png", width=2000, height=1500)

    data = pipeline.preview(source, "png", steps)

    picture = pictures.pyvips.Image.jpegload_buffer(data, fail_on="error")
    assert (picture.width, picture.height) == size
    assert pictures.is_upright(picture)


def test_a_preview_with_bad_steps_is_refused_in_words(tmp_path):
    source = pictures.save(pictures.corners(), tmp_path / "source")

    with pytest.raises(StepsWrong, match="Step 1"):
        pipeline.preview(source, "jpeg", [{"operation": "melt"}])
