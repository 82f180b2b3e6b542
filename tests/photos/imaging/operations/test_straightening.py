"""Scans are made level to a tenth of a degree; what shows no lines is left alone."""

import random

import font_roboto
import pytest
import pyvips

from photos.imaging import pipeline, preview
from photos.imaging.operations import get_operation
from photos.imaging.operations.deskew import measure_skew
from photos.imaging.samples import make_sample
from tests.photos.imaging import pictures

WORDS = (
    "quick",
    "brown",
    "foxes",
    "jump",
    "over",
    "a",
    "lazy",
    "dog",
    "while",
    "seven",
    "wizards",
    "judge",
    "my",
    "vow",
)
PAPER = 236


def written_page(lines=24, seed=1, width=1000, height=1300):
    """A page of typed text at 150 dots an inch."""
    chance = random.Random(seed)
    text = "\n".join(" ".join(chance.choice(WORDS) for _ in range(9)) for _ in range(lines))
    ink = pyvips.Image.text(text, fontfile=font_roboto.Roboto, font="Roboto 10", dpi=150)
    paper = pyvips.Image.black(width, height).linear(1, PAPER, uchar=True)
    return ink.embed(90, 120, width, height).ifthenelse(30, paper, blend=True).cast("uchar").copy(interpretation="b-w")


def skewed(page, angle, noise=6):
    """The page as a scanner sees it that was turned clockwise by so many degrees."""
    bicubic = pyvips.Interpolate.new("bicubic")
    turned = page.similarity(angle=angle, background=PAPER, interpolate=bicubic)
    turned = turned.gravity("centre", page.width, page.height, extend="background", background=PAPER)
    grain = pyvips.Image.gaussnoise(page.width, page.height, sigma=noise, mean=0, seed=3)
    return (turned + grain).cast("uchar").copy(interpretation="b-w").copy_memory()


def straightened(tmp_path, picture, **options):
    source = pictures.save(picture, tmp_path / "source", "png")
    made = pipeline.process(source, "png", [{"operation": "deskew", "options": options}], tmp_path, "out")
    return pictures.load(made.path)


@pytest.mark.parametrize("lines", [3, 24])
@pytest.mark.parametrize("angle", [-14.5, -6.2, -0.4, 0, 0.8, 2.75, 14.5])
def test_the_angle_is_found_to_a_tenth_of_a_degree(lines, angle):
    assert measure_skew(skewed(written_page(lines), angle)) == pytest.approx(angle, abs=0.1)


@pytest.mark.parametrize("angle", [-8.3, -0.7, 3.1])
def test_lines_are_level_afterwards_on_a_page_of_the_same_size(tmp_path, angle):
    page = written_page()

    picture = straightened(tmp_path, skewed(page, angle))

    assert (picture.width, picture.height) == (page.width, page.height)
    assert measure_skew(picture) == pytest.approx(0, abs=0.1)
    # Rows between two lines of text are paper alone from side to side again.
    empty = (picture < PAPER - 60).project()[1][0]
    assert (empty.crop(0, 120, 1, 700) == 0).avg() > 40


def test_corners_get_the_colour_of_the_paper(tmp_path):
    cream = skewed(written_page(), 7).bandjoin([skewed(written_page(), 7)] * 2).copy(interpretation="srgb")
    cream = (cream * [1, 0.96, 0.8]).cast("uchar").copy(interpretation="srgb")

    picture = straightened(tmp_path, cream)

    assert picture(1, 1) == pytest.approx([PAPER, PAPER * 0.96, PAPER * 0.8], abs=4)


@pytest.mark.parametrize("turn", ["rot90", "rot180", "rot270"])
def test_a_page_that_lies_on_its_side_or_its_head_is_straightened_too(turn):
    page = getattr(skewed(written_page(), 3.3), turn)()

    assert measure_skew(page) == pytest.approx(3.3, abs=0.1)


def test_a_level_page_is_not_touched(tmp_path):
    page = skewed(written_page(), 0)

    assert (straightened(tmp_path, page) - page).abs().max() == 0


def test_a_page_turned_further_than_the_limit_is_left_alone(tmp_path):
    page = skewed(written_page(), 4)

    assert (straightened(tmp_path, page, limit=3) - page).abs().max() == 0
    assert measure_skew(straightened(tmp_path, page, limit=5)) == pytest.approx(0, abs=0.1)


@pytest.mark.parametrize("number", range(6))
def test_a_photo_without_lines_is_left_alone(tmp_path, number):
    make_sample(number, tmp_path / "photo", megapixels=1)

    assert measure_skew(pictures.load(tmp_path / "photo")) == 0


@pytest.mark.parametrize("size", [(1, 1), (14, 900), (40, 40)])
def test_a_tiny_or_empty_picture_is_left_alone(size):
    assert measure_skew(pyvips.Image.black(*size).copy(interpretation="b-w")) == 0


def test_every_page_is_straightened_by_its_own_angle(tmp_path):
    source = tmp_path / "source"
    pages = [skewed(written_page(12, seed), angle).copy() for seed, angle in ((1, 2.0), (2, -5.0))]
    pictures.save_pages(source, pages)

    made = pipeline.process(source, "tiff", [{"operation": "deskew"}], tmp_path, "out")

    assert [measure_skew(pictures.load(made.path, page=number)) for number in (0, 1)] == pytest.approx([0, 0], abs=0.1)


def test_the_preview_is_level_too(tmp_path):
    source = pictures.save(skewed(written_page(), 5), tmp_path / "source", "jpeg")

    data = preview.render_preview(source, "jpeg", [{"operation": "deskew"}], size=600)

    picture = pyvips.Image.new_from_buffer(data, "").copy_memory()
    assert max(picture.width, picture.height) == 600
    assert abs(measure_skew(picture)) < 0.25


def test_a_page_with_sixteen_bits_or_transparency_is_read_as_well():
    page = skewed(written_page(), 2)
    deep = (page.cast("ushort") * 257).cast("ushort").copy(interpretation="grey16")

    for each in (deep, page.bandjoin(255), page.bandjoin([page, page]).copy(interpretation="srgb")):
        resolved = get_operation("deskew").resolve(each, get_operation("deskew").Options())
        assert resolved.options.angle == pytest.approx(-2, abs=0.1)


@pytest.mark.parametrize("angle", [-0.25, -0.15, 0.15, 0.2])
def test_slight_angles_are_not_drawn_to_the_grid_of_the_pixels(angle):
    assert measure_skew(skewed(written_page(), angle)) == pytest.approx(angle, abs=0.03)


@pytest.mark.parametrize(("length", "angle"), [(180, 0), (800, 5.7)])
def test_a_line_must_stand_out_from_the_dirt_around_it(length, angle):
    noise = pyvips.Image.gaussnoise(900, 700, mean=0, sigma=1, seed=1)
    dirty = (noise > 2.33).ifthenelse(60, 200).cast("uchar").copy_memory()
    across, down = length // 2, length // 20
    page = dirty.draw_line([60], 450 - across, 350 - down, 450 + across, 350 + down)

    assert measure_skew(page.copy(interpretation="b-w")) == pytest.approx(angle, abs=0.1)
