"""Sizes to the pixel, whatever the orientation and whatever the decoder hands over."""

import pytest

from photos.imaging import pipeline, preview
from photos.imaging.cancellation import Killer
from photos.imaging.formats import Unreadable, bounds
from tests.photos.imaging import pictures


def resized(tmp_path, source, format="jpeg", **options):
    made = pipeline.process(source, format, [{"operation": "resize", "options": options}], tmp_path, "out")
    picture = pictures.load(made.path)
    assert (picture.width, picture.height) == (made.width, made.height)
    return picture


@pytest.mark.parametrize(
    ("options", "size"),
    [
        ({"longest_edge": 300}, (300, 200)),
        ({"longest_edge": 301}, (301, 201)),
        ({"longest_edge": 1200}, (600, 400)),
        ({"longest_edge": 1200, "enlarge": True}, (1200, 800)),
        ({"width": 150}, (150, 100)),
        ({"height": 100}, (150, 100)),
        ({"width": 100, "height": 100}, (100, 67)),
        ({"width": 100, "height": 100, "fit": "inside"}, (100, 67)),
        ({"width": 100, "height": 100, "fit": "cover"}, (100, 100)),
        ({"width": 100, "height": 100, "fit": "fill"}, (100, 100)),
        ({"width": 900, "height": 100, "fit": "cover"}, (600, 100)),
        ({"width": 900, "height": 100, "fit": "fill"}, (600, 100)),
        ({"width": 900, "height": 900, "fit": "cover", "enlarge": True}, (900, 900)),
        ({"width": 900, "height": 100, "fit": "fill", "enlarge": True}, (900, 100)),
        ({"width": 900, "fit": "cover"}, (600, 400)),
        ({"percent": 50}, (300, 200)),
        ({"percent": 0.1}, (1, 1)),
        ({"percent": 150}, (600, 400)),
        ({"percent": 150, "enlarge": True}, (900, 600)),
        ({}, (600, 400)),
    ],
)
@pytest.mark.parametrize("orientation", [1, 6])
def test_every_way_to_give_a_size(tmp_path, options, size, orientation):
    source = pictures.save_turned(tmp_path / "source", orientation, width=600, height=400)

    picture = resized(tmp_path, source, **options)

    assert (picture.width, picture.height) == size


def test_without_a_size_the_longest_edge_is_1600(tmp_path):
    picture = resized(tmp_path, pictures.save(pictures.corners(2000, 1000), tmp_path / "source"))

    assert (picture.width, picture.height) == (1600, 800)


@pytest.mark.parametrize("format", ["jpeg", "webp"])
@pytest.mark.parametrize("edge", [16, 63, 64, 65, 127, 129, 300, 511, 999, 1000])
def test_less_is_decoded_and_the_size_is_still_exact(tmp_path, format, edge):
    source = pictures.save(pictures.corners(1000, 668), tmp_path / "source", format)

    picture = resized(tmp_path, source, format, longest_edge=edge)

    assert (picture.width, picture.height) == (edge, max(1, int(668 * edge / 1000 + 0.5)))
    assert pictures.is_upright(picture)


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "tiff"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_resized_as_it_is_seen(tmp_path, format, orientation):
    source = pictures.save_turned(tmp_path / "source", orientation, format, width=900, height=600)

    picture = resized(tmp_path, source, format, width=90)

    assert (picture.width, picture.height) == (90, 60)
    assert pictures.is_upright(picture)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_cover_cuts_what_stands_over_on_both_sides(tmp_path, orientation):
    source = pictures.save_turned(tmp_path / "source", orientation, width=900, height=300)

    picture = resized(tmp_path, source, width=100, height=100, fit="cover")

    assert pictures.is_upright(picture)
    assert picture.width == picture.height == 100


def test_a_second_resize_starts_from_the_first(tmp_path):
    source = pictures.save(pictures.corners(400, 200), tmp_path / "source")
    steps = [{"operation": "resize", "options": {"longest_edge": edge}} for edge in (100, 200, 50)]

    made = pipeline.process(source, "jpeg", steps, tmp_path, "out")

    assert (made.width, made.height) == (50, 25)


def test_what_is_transparent_leaves_no_dark_edge(tmp_path):
    white = pictures.pyvips.Image.black(200, 200, bands=3).linear(1, 255).cast("uchar")
    left = pictures.pyvips.Image.black(100, 200)
    hidden = left.join(left.linear(1, 255).cast("uchar"), "horizontal")
    picture = (hidden > 0).ifthenelse(white, 0).copy(interpretation="srgb").bandjoin(hidden)
    source = pictures.save(picture, tmp_path / "source", "png")

    result = resized(tmp_path, source, "png", longest_edge=51)

    shown = result[3] > 8
    assert (shown & (result[0] < 250)).max() == 0


def test_a_result_of_absurd_size_is_refused(tmp_path):
    source = pictures.save(pictures.corners(3000, 3000), tmp_path / "source")

    with pytest.raises(Unreadable, match="A step would make a picture of 900 megapixels; the limit is 500"):
        resized(tmp_path, source, percent=1000, enlarge=True)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (1, 2000), (2000, 1), (3, 5)])
def test_the_smallest_and_the_thinnest_pictures_stay_pictures(tmp_path, width, height):
    dot = pictures.pyvips.Image.black(width, height, bands=3).copy(interpretation="srgb")
    source = pictures.save(dot, tmp_path / "source", "png")

    picture = resized(tmp_path, source, "png", longest_edge=16)

    assert max(picture.width, picture.height) == min(16, max(width, height))


SMALL_AGAIN = {"operation": "resize", "options": {"longest_edge": 100}}
TENFOLD = {"operation": "resize", "options": {"percent": 1000, "enlarge": True}}


@pytest.mark.parametrize(
    ("size", "steps", "megapixels"),
    [
        ((2000, 2000), [TENFOLD, TENFOLD, {"operation": "rotate", "options": {"angle": 1}}], "40,000"),
        ((2000, 2000), [TENFOLD, {"operation": "rotate", "options": {"angle": 45, "fit": "all"}}], "800"),
        ((2000, 2000), [{"operation": "border", "options": {"percent": 100}}] * 3, "2,916"),
        (
            (1, 2000),
            [{"operation": "resize", "options": {"width": 20000, "height": 100, "fit": "cover", "enlarge": True}}],
            "800,000",
        ),
    ],
)
def test_no_step_on_the_way_makes_a_picture_of_absurd_size(tmp_path, monkeypatch, size, steps, megapixels):
    """Where it became small again, it had to be held in a file of gigabytes."""
    held = []
    monkeypatch.setattr(Killer, "hold", lambda killer, image: held.append(image) or image)
    source = pictures.save(pictures.corners(*size) if size[0] > 1 else dot(*size), tmp_path / "source", "png")

    with pytest.raises(Unreadable, match=f"A step would make a picture of {megapixels} megapixels; the limit is 500"):
        pipeline.process(source, "png", [*steps, SMALL_AGAIN], tmp_path, "out")

    assert all(image.width * image.height <= 500_000_000 for image in held)


def test_a_picture_that_comes_larger_than_a_step_may_make_one_can_be_made_smaller(tmp_path, monkeypatch):
    """Where the operator lets in more than 500 megapixels."""
    monkeypatch.setattr(bounds, "MAX_RESULT_MEGAPIXELS", 0.02)
    source = pictures.save(pictures.corners(300, 200), tmp_path / "source", "png")
    steps = [{"operation": "auto-levels"}, {"operation": "crop", "options": {"width": 290, "height": 190}}]

    made = pipeline.process(source, "png", [*steps, SMALL_AGAIN], tmp_path, "out")

    assert (made.width, made.height) == (100, 66)
    assert preview.render_preview(source, "png", [*steps, SMALL_AGAIN], tmp_path / "copy")


def test_frames_of_absurd_size_together_are_refused_before_all_are_made(tmp_path):
    source = pictures.save_animation(tmp_path / "source", "gif", frames=6, width=1200, height=800)

    with pytest.raises(Unreadable, match="The result would have 576 megapixels; the limit is 500"):
        pipeline.process(source, "gif", [TENFOLD], tmp_path, "out")


def dot(width, height):
    """A black picture of odd size."""
    return pictures.pyvips.Image.black(width, height, bands=3).copy(interpretation="srgb")
