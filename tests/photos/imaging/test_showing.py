"""Thumbnails and previews: small, upright, in sRGB, without metadata."""

import pytest

from photos.imaging import pipeline, preview
from photos.imaging.formats import sniff
from photos.imaging.operations import InvalidSteps
from tests.photos.imaging import pictures


@pytest.mark.parametrize("name", ["small.jpg", "small.webp"])
@pytest.mark.parametrize("format", pictures.FORMATS)
def test_every_format_has_a_thumbnail(tmp_path, name, format):
    source = pictures.save(pictures.transparent(900, 600), tmp_path / "source", format)

    pipeline.write_thumbnail(source, tmp_path / name)

    small = pictures.load(tmp_path / name)
    assert sniff(tmp_path / name) == {"small.jpg": "jpeg", "small.webp": "webp"}[name]
    assert (small.width, small.height) == (480, 320)
    assert not [field for field in small.get_fields() if field.startswith(("exif-ifd", "icc", "xmp"))]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_thumbnail_is_upright(tmp_path, orientation):
    source = pictures.save_turned(tmp_path / "source", orientation, width=900, height=600)

    pipeline.write_thumbnail(source, tmp_path / "small.jpg", size=120)

    small = pictures.load(tmp_path / "small.jpg")
    assert (small.width, small.height) == (120, 80)
    assert pictures.is_upright(small)


def test_a_small_picture_is_its_own_thumbnail(tmp_path):
    pipeline.write_thumbnail(pictures.save(pictures.corners(), tmp_path / "source"), tmp_path / "small.jpg")

    assert pictures.load(tmp_path / "small.jpg").width == 96


def test_a_thumbnail_of_nothing_leaves_nothing(tmp_path):
    (tmp_path / "source").write_bytes(b"no picture")

    with pytest.raises(pipeline.Unreadable):
        pipeline.write_thumbnail(tmp_path / "source", tmp_path / "small.jpg")
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
    source = pictures.save_turned(tmp_path / "source", 6, "png", width=2000, height=1500)

    data = preview.render_preview(source, "png", steps)

    picture = pictures.pyvips.Image.jpegload_buffer(data, fail_on="error")
    assert (picture.width, picture.height) == size
    assert pictures.is_upright(picture)


def test_a_preview_with_bad_steps_is_refused_in_words(tmp_path):
    source = pictures.save(pictures.corners(), tmp_path / "source")

    with pytest.raises(InvalidSteps, match="Step 1"):
        preview.render_preview(source, "jpeg", [{"operation": "melt"}])


@pytest.fixture
def copies_of_100(monkeypatch):
    """Previews of pictures with more than 100 pixels a side are made from a copy."""
    monkeypatch.setattr(preview, "COPY_EDGE_PIXELS", 100)


def looked_at(path, *steps, size=1600):
    """The preview of a JPEG through its copy, and how large it is."""
    picture = pictures.pyvips.Image.new_from_buffer(
        preview.render_preview(path / "source", "jpeg", steps, path / "copy", size), ""
    )
    return picture.width, picture.height


@pytest.mark.usefixtures("copies_of_100")
@pytest.mark.parametrize(
    ("steps", "size"),
    [
        ([], (100, 75)),
        ([{"operation": "resize", "options": {"longest_edge": 300}}], (100, 75)),
        ([{"operation": "resize", "options": {"longest_edge": 40}}], (40, 30)),
        ([{"operation": "resize", "options": {"percent": 10}}], (40, 30)),
        ([{"operation": "resize", "options": {"width": 200, "height": 200, "fit": "cover"}}], (75, 75)),
        ([{"operation": "crop", "options": {"width": 200, "height": 200, "left": 0, "top": 0}}], (50, 50)),
        ([{"operation": "crop", "options": {"width": 40, "height": 300, "left": 0, "top": 0}},
          {"operation": "resize", "options": {"longest_edge": 30}}], (4, 30)),
        ([{"operation": "resize", "options": {"longest_edge": 40}},
          {"operation": "border", "options": {"pixels": 5}}], (50, 40)),
        ([{"operation": "border", "options": {"pixels": 40}}], (120, 95)),
    ],
)  # fmt: skip
def test_a_large_picture_is_looked_at_through_a_copy_in_the_right_proportions(tmp_path, steps, size):
    pictures.save_turned(tmp_path / "source", 8, width=400, height=300)

    assert looked_at(tmp_path, *steps) == size
    assert looked_at(tmp_path, *steps) == size


@pytest.mark.usefixtures("copies_of_100")
def test_a_copy_is_made_once_and_used_instead_of_the_file(tmp_path):
    pictures.save_turned(tmp_path / "source", 1, width=400, height=300)
    looked_at(tmp_path)
    content = (tmp_path / "source").read_bytes()

    (tmp_path / "source").write_bytes(content[:-2000])  # its header alone is read again

    assert looked_at(tmp_path) == (100, 75)
    assert sorted(each.name for each in tmp_path.iterdir()) == ["copy", "source"]


@pytest.mark.usefixtures("copies_of_100")
def test_a_small_picture_needs_no_copy(tmp_path):
    pictures.save_turned(tmp_path / "source", 1, width=100, height=80)

    assert looked_at(tmp_path) == (100, 80)
    assert not (tmp_path / "copy").exists()


@pytest.mark.usefixtures("copies_of_100")
def test_a_damaged_picture_leaves_no_copy(tmp_path):
    content = pictures.save_turned(tmp_path / "source", 1, width=400, height=300).read_bytes()
    (tmp_path / "source").write_bytes(content[:-2000])

    with pytest.raises(pipeline.Unreadable):
        looked_at(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["source"]


@pytest.mark.parametrize("size", [(400, 300), (3000, 2000)])
def test_a_preview_refuses_what_the_job_would_refuse(tmp_path, size):
    """Through the small copy of a large picture as well."""
    source = pictures.save(pictures.corners(*size), tmp_path / "source")
    larger = {"operation": "resize", "options": {"percent": 1000, "enlarge": True}}
    smaller = {"operation": "resize", "options": {"longest_edge": 100}}

    with pytest.raises(
        pipeline.Unreadable, match=r"A step would make a picture of [\d,]+ megapixels; the limit is 500"
    ):
        preview.render_preview(source, "jpeg", [larger] * 3 + [smaller], tmp_path / "copy")
