"""Margins of scans go, what is on the page stays; borders come and cost nothing of the picture."""

import pytest
import pyvips

from photos.imaging import pipeline
from photos.imaging.operations import InvalidSteps, parse_steps
from tests.photos.imaging import pictures
from tests.photos.imaging.operations.test_straightening import skewed, written_page


def done(tmp_path, picture, operation, format="png", **options):
    source = pictures.save(picture, tmp_path / "source", format)
    made = pipeline.process(source, format, [{"operation": operation, "options": options}], tmp_path, "out")
    return pictures.load(made.path)


def on(background, picture, left, top, right, bottom, noise=0):
    """The picture with so much of a grey around it, perhaps with the noise of a scanner."""
    around = picture.embed(
        left,
        top,
        left + picture.width + right,
        top + picture.height + bottom,
        background=background,
        extend="background",
    )
    grain = pyvips.Image.gaussnoise(around.width, around.height, sigma=noise, mean=0, seed=1)
    return (around + grain).cast("uchar").copy(interpretation=picture.interpretation)


@pytest.mark.parametrize("background", [255, 240, 20])
@pytest.mark.parametrize("scale", [1, 5])
def test_empty_margins_go_on_every_side(tmp_path, background, scale):
    picture = pictures.corners(300 * scale, 200 * scale)
    framed = on(background, picture, 20 * scale, 40 * scale, 60 * scale, 10 * scale, noise=3)

    trimmed = done(tmp_path, framed, "trim")

    assert trimmed.width == pytest.approx(300 * scale, abs=2 * scale)
    assert trimmed.height == pytest.approx(200 * scale, abs=2 * scale)
    assert pictures.is_upright(trimmed)


@pytest.mark.parametrize("remove", ["all", "dark"])
def test_dark_edges_of_a_scanner_go_and_then_the_paper_if_asked(tmp_path, remove):
    page = written_page(20)
    scan = on(12, page, 60, 0, 25, 90, noise=5)

    trimmed = done(tmp_path, scan, "trim", remove=remove)

    assert trimmed.percent(1) < 120, "the writing is there"
    edges = [trimmed.crop(0, 0, trimmed.width, 2), trimmed.crop(0, trimmed.height - 2, trimmed.width, 2)]
    sides = [trimmed.crop(0, 0, 2, trimmed.height), trimmed.crop(trimmed.width - 2, 0, 2, trimmed.height)]
    assert all((strip < 60).avg() < 40 for strip in edges + sides), "nothing dark is left at the edge"
    if remove == "dark":
        assert (trimmed.width, trimmed.height) == pytest.approx((page.width, page.height), abs=6)
    else:
        assert trimmed.width < page.width - 150
        ink = (page < 120).find_trim(threshold=1, background=0)
        assert (trimmed.width, trimmed.height) == pytest.approx(ink[2:], abs=8)


def test_a_wedge_beside_a_page_that_lay_askew_goes_too(tmp_path):
    page = written_page(20)
    askew = on(250, page, 0, 0, 0, 0).rotate(1.5, background=[10]).cast("uchar").copy(interpretation="b-w")

    trimmed = done(tmp_path, askew, "trim", remove="dark")

    assert (trimmed < 60).avg() / 255 < 0.04, "only writing is dark"
    assert trimmed.width > page.width * 0.9
    assert trimmed.height > page.height * 0.9


def test_dust_on_the_paper_is_not_writing(tmp_path):
    page = on(245, pictures.corners(600, 400), 150, 150, 150, 150)
    for x, y in ((30, 50), (870, 640), (400, 20)):
        page = page.draw_rect([30, 30, 30], x, y, 2, 1, fill=True)

    trimmed = done(tmp_path, page, "trim")

    assert (trimmed.width, trimmed.height) == pytest.approx((600, 400), abs=3)


def test_a_margin_can_be_kept(tmp_path):
    framed = on(255, pictures.corners(300, 200), 100, 100, 100, 100)

    trimmed = done(tmp_path, framed, "trim", keep=5)

    assert (trimmed.width, trimmed.height) == pytest.approx((350, 250), abs=3)
    assert min(trimmed(10, 10)) > 250


@pytest.mark.parametrize("shade", [0, 128, 255])
def test_a_blank_page_stays_whole(tmp_path, shade):
    blank = pyvips.Image.black(300, 200).linear(1, shade, uchar=True).copy(interpretation="b-w")

    trimmed = done(tmp_path, blank, "trim")

    assert (trimmed.width, trimmed.height) == (300, 200)


def test_a_picture_without_margins_stays_whole(tmp_path):
    noise = [pyvips.Image.gaussnoise(400, 300, mean=60, sigma=50, seed=seed) for seed in (1, 2, 3)]
    busy = noise[0].bandjoin(noise[1:]).cast("uchar").copy(interpretation="srgb")

    trimmed = done(tmp_path, busy, "trim")

    assert (trimmed.width, trimmed.height) == (400, 300)


def test_a_tolerance_lets_uneven_paper_pass(tmp_path):
    shade = pyvips.Image.xyz(500, 400)[0].linear(40 / 500, 210).cast("uchar")
    page = shade.bandjoin([shade, shade]).copy(interpretation="srgb").insert(pictures.corners(200, 100), 150, 150)

    strict, lenient = (done(tmp_path, page, "trim", tolerance=value) for value in (1, 20))

    assert strict.width > 400
    assert (lenient.width, lenient.height) == pytest.approx((200, 100), abs=3)


def test_deskew_and_then_trim_leave_a_level_text(tmp_path):
    source = pictures.save(skewed(written_page(25), 3), tmp_path / "source", "png")

    made = pipeline.process(source, "png", [{"operation": "deskew"}, {"operation": "trim"}], tmp_path, "out")

    ink = (written_page(25) < 120).find_trim(threshold=1, background=0)
    assert (made.width, made.height) == pytest.approx(ink[2:], abs=12)


@pytest.mark.parametrize(
    ("options", "width"), [({}, 6), ({"percent": 10}, 20), ({"pixels": 7}, 7), ({"percent": 0.1}, 1)]
)
def test_a_border_stands_around_the_whole_picture(tmp_path, options, width):
    original = pictures.corners(300, 200)

    picture = done(tmp_path, original, "border", colour="#ff8000", **options)

    assert (picture.width, picture.height) == (300 + 2 * width, 200 + 2 * width)
    assert (picture.crop(width, width, 300, 200) - original).abs().max() == 0
    outside = picture.draw_rect([255, 128, 0], width, width, 300, 200, fill=True)
    assert (outside - [255, 128, 0]).abs().max() == 0


@pytest.mark.parametrize("make", [pictures.deep, pictures.transparent, pictures.grey])
def test_a_border_has_its_colour_in_every_kind_of_picture(tmp_path, make):
    picture = done(tmp_path, make(), "border", colour="#804020", pixels=4)

    deep = 257 if picture.format == "ushort" else 1
    assert picture(1, 1)[:3] == [value * deep for value in (128, 64, 32)]
    assert not picture.hasalpha() or picture(1, 1)[3] == 255


def test_a_grey_picture_with_a_grey_border_stays_grey(tmp_path):
    assert done(tmp_path, pictures.grey(), "border", colour="#c0c0c0").bands == 1


def test_a_border_grows_and_shrinks_with_the_picture_that_follows(tmp_path):
    source = pictures.save(pictures.corners(1600, 1200), tmp_path / "source", "jpeg")
    steps = [
        {"operation": "border", "options": {"pixels": 160, "colour": "#000000"}},
        {"operation": "resize", "options": {"longest_edge": 192}},
    ]

    picture = pictures.load(pipeline.process(source, "jpeg", steps, tmp_path, "out").path)

    assert (picture.width, picture.height) == (192, 152)
    assert max(picture(8, 8)) < 40
    assert max(picture(24, 24)) > 200


def test_a_border_has_one_width(tmp_path):
    with pytest.raises(InvalidSteps, match="give percent or pixels, but not both"):
        parse_steps([{"operation": "border", "options": {"percent": 3, "pixels": 3}}])


@pytest.mark.parametrize("deep", [False, True])
def test_a_single_grey_pixel_has_no_margin(tmp_path, deep):
    dot = pictures.grey(2, 2, deep=deep).crop(0, 0, 1, 1)

    assert done(tmp_path, dot, "trim").width == 1
