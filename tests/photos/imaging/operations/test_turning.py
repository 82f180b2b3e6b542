"""Turned and mirrored pictures: every pixel where it belongs."""

import math

import pytest
import pyvips

from photos.imaging import pipeline
from photos.imaging.operations.rotate import inscribed_size
from tests.photos.imaging import pictures

NAMES = ["top left", "top right", "bottom left", "bottom right"]


def done(tmp_path, source, operation, format="png", **options):
    made = pipeline.process(source, format, [{"operation": operation, "options": options}], tmp_path, "out")
    return pictures.load(made.path)


def saved(tmp_path, picture):
    return pictures.save(picture, tmp_path / "source", "png")


@pytest.mark.parametrize(
    ("angle", "order"),
    [
        (0, (0, 1, 2, 3)),
        (90, (2, 0, 3, 1)),
        (180, (3, 2, 1, 0)),
        (270, (1, 3, 0, 2)),
        (-90, (1, 3, 0, 2)),
        (360, (0, 1, 2, 3)),
    ],
)
def test_a_quarter_turn_goes_clockwise_and_changes_no_pixel(tmp_path, angle, order):
    original = pictures.corners()

    picture = done(tmp_path, saved(tmp_path, original), "rotate", angle=angle)

    assert pictures.corner_names(picture) == [NAMES[place] for place in order]
    assert (picture.rot(f"d{-angle % 360}") - original).abs().max() == 0


@pytest.mark.parametrize(("direction", "order"), [("horizontal", (1, 0, 3, 2)), ("vertical", (2, 3, 0, 1))])
def test_a_flip_mirrors_and_changes_no_pixel(tmp_path, direction, order):
    original = pictures.corners()

    picture = done(tmp_path, saved(tmp_path, original), "flip", direction=direction)

    assert pictures.corner_names(picture) == [NAMES[place] for place in order]
    assert (picture.flip(direction) - original).abs().max() == 0


@pytest.mark.parametrize("angle", [3, -7.5, 45, 100, 200.5, 330])
@pytest.mark.parametrize("fit", ["cut", "all", "same"])
@pytest.mark.parametrize("deep", [False, True])
def test_a_dot_lands_where_the_angle_says(tmp_path, angle, fit, deep):
    width, height, x, y = 301, 240, 170, 90
    place = pyvips.Image.xyz(width, height)
    dot = (((place[0] - x) ** 2 + (place[1] - y) ** 2) * (-1 / 18)).exp() * (65_535 if deep else 255)
    dot = dot.cast("ushort" if deep else "uchar").copy(interpretation="grey16" if deep else "b-w")

    picture = done(tmp_path, saved(tmp_path, dot), "rotate", angle=angle, fit=fit, background="#000000")

    across, down = x - (width - 1) / 2, y - (height - 1) / 2
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    left, top = centre_of_mass(picture)
    assert left == pytest.approx((picture.width - 1) / 2 + across * cosine - down * sine, abs=0.1)
    assert top == pytest.approx((picture.height - 1) / 2 + across * sine + down * cosine, abs=0.1)


def centre_of_mass(picture):
    picture = picture[0].cast("double")
    place = pyvips.Image.xyz(picture.width, picture.height)
    return tuple((picture * place[axis]).avg() / picture.avg() for axis in (0, 1))


@pytest.mark.parametrize("angle", [0.5, 12, 44, 45, 60, 89, 91, 135, 250, 359])
@pytest.mark.parametrize("size", [(300, 200), (200, 300), (200, 200), (400, 20)])
def test_cut_leaves_no_empty_corner_and_no_more_than_needed(tmp_path, angle, size):
    white = pyvips.Image.black(*size).linear(1, 255).cast("uchar").copy(interpretation="b-w")

    cut = done(tmp_path, saved(tmp_path, white), "rotate", angle=angle, fit="cut", background="#000000")
    whole = done(tmp_path, saved(tmp_path, white), "rotate", angle=angle, fit="all", background="#000000")

    left, top = (whole.width - cut.width) // 2, (whole.height - cut.height) // 2
    inner = whole.crop(left, top, cut.width, cut.height)
    assert (inner < 255).avg() / 255 < 3 / min(inner.width, inner.height) + 0.01, "at most a frayed edge is empty"
    wider = whole.crop(
        max(0, left - 4), max(0, top - 4), min(whole.width, cut.width + 8), min(whole.height, cut.height + 8)
    )
    assert wider.min() < 128, "with four more pixels all around a corner would show"


def test_the_largest_rectangle_is_the_largest():
    for angle in range(1, 90, 4):
        across, down = inscribed_size(300, 200, angle)
        larger = [(across * 1.01, down), (across, down * 1.01)]
        assert fits(across * 0.9999, down * 0.9999, angle)
        assert not all(fits(*size, angle) for size in larger)
        grid = [(w, h) for w in range(10, 400, 5) for h in range(10, 400, 5) if fits(w, h, angle)]
        assert max(w * h for w, h in grid) <= across * down * 1.0001


def fits(width, height, angle):
    """Whether the corners of an upright rectangle lie inside 300 × 200 turned by the angle."""
    sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
    corners = [(x * width / 2, y * height / 2) for x in (-1, 1) for y in (-1, 1)]
    return all(abs(x * cosine + y * sine) <= 150 and abs(y * cosine - x * sine) <= 100 for x, y in corners)


def test_empty_corners_have_the_colour_that_was_asked_for(tmp_path):
    picture = done(tmp_path, saved(tmp_path, pictures.corners()), "rotate", angle=10, fit="all", background="#ff8000")
    grey = done(tmp_path, saved(tmp_path, pictures.grey()), "rotate", angle=10, fit="all", background="#ff8000")

    assert picture(0, 0) == grey(0, 0) == [255, 128, 0]


def test_transparent_pictures_get_transparent_corners_and_no_dark_edge(tmp_path):
    white = pyvips.Image.black(100, 100, bands=3).linear(1, 255).cast("uchar").copy(interpretation="srgb")
    source = saved(tmp_path, white.bandjoin(255).copy(interpretation="srgb"))

    picture = done(tmp_path, source, "rotate", angle=30, fit="all")

    assert picture(0, 0)[3] == 0
    assert ((picture[3] > 8) & (picture[0] < 250)).max() == 0


def test_a_rotation_before_a_resize_shows_the_same_as_without_decoding_less(tmp_path):
    source = pictures.save(pictures.corners(1200, 800), tmp_path / "source", "jpeg")
    steps = [
        {"operation": "rotate", "options": {"angle": 90}},
        {"operation": "rotate", "options": {"angle": 5, "fit": "all"}},
        {"operation": "resize", "options": {"longest_edge": 100}},
    ]

    made = pipeline.process(source, "jpeg", steps, tmp_path, "out")

    wanted = pictures.corners(1200, 800).rot90().rotate(5, background=[255] * 3).thumbnail_image(100, height=100)
    picture = pictures.load(made.path)
    assert max(picture.width, picture.height) == 100
    assert pictures.corner_names(picture) == pictures.corner_names(wanted)
    assert picture.avg() == pytest.approx(wanted.avg(), abs=2)


@pytest.mark.parametrize(
    "step",
    [
        {"operation": "rotate"},
        {"operation": "rotate", "options": {"angle": 180}},
        {"operation": "rotate", "options": {"angle": 40}},
        {"operation": "flip", "options": {"direction": "vertical"}},
    ],
)
@pytest.mark.parametrize("format", ["jpeg", "png"])
def test_large_pictures_that_are_read_from_top_to_bottom_are_turned_too(tmp_path, step, format):
    source = pictures.save(pictures.corners(2400, 2000), tmp_path / "source", format)

    made = pipeline.process(source, format, [step, {"operation": "border"}], tmp_path, "out")

    assert pictures.load(made.path).width == made.width


def test_the_edge_of_a_cut_picture_is_not_mixed_with_the_background(tmp_path):
    grey = pyvips.Image.black(300, 200).linear(1, 128).cast("uchar").copy(interpretation="b-w")

    for angle in (0.5, 2, 10, 33, 120):
        cut = done(tmp_path, saved(tmp_path, grey), "rotate", angle=angle, fit="cut", background="#000000")
        assert cut.min() == cut.max() == 128
