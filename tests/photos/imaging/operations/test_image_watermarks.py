"""Another photo on a picture: a logo with its transparency, upright and in its own colours."""

import pytest
import pyvips

from photos.imaging import pipeline
from photos.imaging.formats import Unreadable
from photos.imaging.operations import Step, parse_steps
from tests.photos.imaging import pictures
from tests.photos.imaging.operations.test_watermarks import HEIGHT, WIDTH, changed, plain

LOGO = "01890a5d-ac96-774b-bcce-b302099a8057"


def step(logo, **options):
    """The step with that file as the photo."""
    (parsed,) = parse_steps([{"operation": "image-watermark", "options": {"image": LOGO.upper(), **options}}])
    return Step(parsed.operation.with_photos({LOGO: logo} if logo else {}), parsed.options)


def marked(tmp_path, logo, picture=None, **options):
    """The picture with the logo on it."""
    source = pictures.save(picture or plain(90, 90, 90), tmp_path / "source", "png")
    made = pipeline.process(source, "png", [step(logo, **options)], tmp_path, "out")
    return pictures.load(made.path)


@pytest.fixture
def logo(tmp_path):
    """Four corners, no transparency."""
    return pictures.save(pictures.corners(), tmp_path / "logo", "png")


def test_it_stands_where_and_as_large_as_was_asked_for(tmp_path, logo):
    before = plain(90, 90, 90)

    picture = marked(tmp_path, logo, before, position="bottom-left", size=25, margin=5, opacity=100)

    assert changed(picture, before) == pytest.approx((20, HEIGHT - 20 - 100, 20 + 150, HEIGHT - 20), abs=2)
    assert pictures.is_upright(picture.crop(20, HEIGHT - 120, 150, 100))


def test_a_high_one_fits_into_the_height(tmp_path):
    logo = pictures.save(plain(255, 0, 0, width=10, height=100), tmp_path / "logo", "png")
    before = plain(90, 90, 90)

    left, top, right, bottom = changed(marked(tmp_path, logo, before, size=100, margin=10), before)

    assert (top, bottom) == (pytest.approx(40, abs=1), pytest.approx(HEIGHT - 40, abs=1))
    assert right - left == pytest.approx((HEIGHT - 80) / 10, abs=1)


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_it_is_turned_upright(tmp_path, orientation):
    logo = pictures.save_turned(tmp_path / "logo", orientation)

    picture = marked(tmp_path, logo, plain(90, 90, 90), position="center", size=50, opacity=100)

    assert pictures.is_upright(picture.crop((WIDTH - 300) // 2, (HEIGHT - 200) // 2, 300, 200))


def test_what_is_transparent_in_it_stays_the_picture(tmp_path):
    logo = pictures.save(pictures.transparent(), tmp_path / "logo", "png")
    before = plain(90, 90, 90)

    left, _, right, _ = changed(marked(tmp_path, logo, before, position="center", size=50, opacity=100), before)

    assert (left, right) == (pytest.approx(WIDTH / 2, abs=3), pytest.approx(WIDTH * 0.75, abs=1))


def test_opacity_lets_the_picture_through(tmp_path):
    logo = pictures.save(plain(190, 190, 190), tmp_path / "logo", "png")

    picture = marked(tmp_path, logo, position="center", size=20, opacity=30)

    assert picture(WIDTH // 2, HEIGHT // 2) == pytest.approx([120, 120, 120], abs=1)


def test_it_is_repeated_in_rows(tmp_path, logo):
    picture = marked(tmp_path, logo, plain(90, 90, 90), tile="straight", size=10, opacity=100)

    difference = abs(picture - 90)
    quarters = [difference.crop(x, y, WIDTH // 2, HEIGHT // 2).avg() for x in (0, 300) for y in (0, 200)]
    assert min(quarters) > 10
    assert max(quarters) < 2 * min(quarters)


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif", "tiff", "gif"])
def test_a_photo_of_any_format_will_do(tmp_path, format):
    logo = pictures.save(pictures.corners(), tmp_path / "logo", format)

    picture = marked(tmp_path, logo, position="center", size=50, opacity=100)

    assert pictures.is_upright(picture.crop((WIDTH - 300) // 2, (HEIGHT - 200) // 2, 300, 200))


@pytest.mark.parametrize("make", [lambda: pictures.corners().icc_transform("p3", input_profile="srgb"), pictures.deep])
def test_its_colours_stay_what_they_were(tmp_path, make):
    logo = pictures.save(make(), tmp_path / "logo", "png")
    wide = plain(90, 90, 90).icc_transform("p3", input_profile="srgb")

    for picture in (plain(90, 90, 90), wide, plain(90)):
        result = marked(tmp_path, logo, picture, position="center", size=50, opacity=100)
        shown = result.icc_transform("srgb", embedded=True) if result.get_typeof("icc-profile-data") else result
        assert shown(WIDTH // 2 - 140, HEIGHT // 2 - 90)[:3] == pytest.approx([220, 30, 30], abs=4)


def test_a_grey_one_leaves_a_grey_page_grey(tmp_path):
    logo = pictures.save(plain(255), tmp_path / "logo", "png")

    assert marked(tmp_path, logo, plain(90)).bands == 1


def test_a_large_one_is_decoded_no_larger_than_needed(tmp_path, monkeypatch):
    logo = pictures.save(pictures.corners(2400, 1600), tmp_path / "logo", "jpeg")
    shrinks = []
    load = pyvips.Image.jpegload
    monkeypatch.setattr(
        pyvips.Image, "jpegload", lambda path, **how: shrinks.append(how.get("shrink")) or load(path, **how)
    )

    marked(tmp_path, logo, size=10)

    assert 8 in shrinks


def test_a_photo_that_is_gone_or_no_picture_is_told(tmp_path, logo):
    with pytest.raises(Unreadable, match=r"^The picture of the watermark was deleted$"):
        marked(tmp_path, None)
    logo.write_bytes(b"%PDF-1.7 and so on")
    with pytest.raises(Unreadable, match=r"^The picture of the watermark cannot be used: "):
        marked(tmp_path, logo)
    logo.unlink()
    with pytest.raises(Unreadable, match=r"^The picture of the watermark was deleted$"):
        marked(tmp_path, logo)


def test_a_thin_one_leaves_a_line(tmp_path):
    """A decoder that makes it smaller must leave a pixel of its height."""
    logo = pictures.save(plain(255, 255, 255, width=2000, height=3), tmp_path / "logo", "jpeg")

    picture = marked(tmp_path, logo, plain(0, 0, 0), size=20, opacity=100)

    columns, rows = (picture[0] > 128).project()
    assert ((columns > 0).avg() * WIDTH / 255, (rows > 0).avg() * HEIGHT / 255) == pytest.approx((WIDTH // 5, 1))
