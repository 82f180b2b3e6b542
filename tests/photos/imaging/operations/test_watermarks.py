"""A text on a picture: where it was asked for, as large as asked for, and readable whatever is behind it."""

import pytest
import pyvips

from photos.imaging import pipeline
from photos.imaging.formats import Unreadable
from photos.imaging.formats.metadata import xmp
from photos.imaging.operations import InvalidSteps, get_operation, parse_steps
from photos.imaging.operations.watermark import draw_text_mark
from tests.photos.imaging import pictures

WIDTH, HEIGHT = 600, 400


def plain(*colour, width=WIDTH, height=HEIGHT):
    """A picture of one colour."""
    image = pyvips.Image.black(width, height, bands=len(colour)).linear(1, list(colour)).cast("uchar")
    return image.copy(interpretation="srgb" if len(colour) > 2 else "b-w")


def marked(tmp_path, picture=None, format="png", steps=(), **options):
    """The picture after the text was written on it."""
    source = pictures.save(picture or plain(90, 90, 90), tmp_path / "source", format)
    step = {"operation": "watermark", "options": {"text": "Ana Álvarez", **options}}
    return pictures.load(pipeline.process(source, format, [*steps, step], tmp_path, "out").path)


def changed(picture, before):
    """Left, top, right and bottom of what is not as it was before."""
    left, top, width, height = (abs(picture - before)).bandor().cast("uchar").find_trim(threshold=1, background=[0])
    return left, top, left + width, top + height


@pytest.mark.parametrize("down", ["top", "", "bottom"])
@pytest.mark.parametrize("across", ["left", "", "right"])
def test_the_text_stands_in_each_of_nine_places(tmp_path, across, down):
    position = "-".join(filter(None, [down, across])) or "center"
    before = plain(90, 90, 90)

    left, top, right, bottom = changed(marked(tmp_path, before, position=position, size=30, margin=5), before)

    edge = HEIGHT * 5 / 100
    expected = {"left": edge, "": WIDTH / 2, "right": WIDTH - edge}[across]
    assert {"left": left, "": (left + right) / 2, "right": right}[across] == pytest.approx(expected, abs=8)
    expected = {"top": edge, "": HEIGHT / 2, "bottom": HEIGHT - edge}[down]
    assert {"top": top, "": (top + bottom) / 2, "bottom": bottom}[down] == pytest.approx(expected, abs=8)


@pytest.mark.parametrize("percent", [10, 25, 60, 100])
def test_the_text_is_as_wide_as_was_asked_for(tmp_path, percent):
    before = plain(90, 90, 90)

    left, _, right, _ = changed(marked(tmp_path, before, size=percent, margin=0), before)

    assert right - left == pytest.approx(WIDTH * percent / 100, rel=0.06)


def test_a_text_never_stands_over(tmp_path):
    before = plain(90, 90, 90, width=600, height=40)

    left, top, right, bottom = changed(marked(tmp_path, before, text="I", size=100, margin=10), before)

    assert (top, bottom) == (pytest.approx(4, abs=3), pytest.approx(36, abs=3))
    assert 4 <= left < right <= 596


@pytest.mark.parametrize("shade", [0, 90, 200, 255])
@pytest.mark.parametrize("colour", ["#ffffff", "#000000", "#c02020"])
def test_the_text_can_be_read_on_dark_and_on_light(tmp_path, shade, colour):
    picture = marked(tmp_path, plain(shade, shade, shade), colour=colour, size=60)

    found = picture.colourspace("b-w")
    assert found.max() - found.min() > 60


def test_opacity_lets_the_picture_through(tmp_path):
    def brightest(opacity):
        return marked(tmp_path, plain(0, 0, 0), size=80, opacity=opacity).max()

    assert brightest(100) == 255
    assert brightest(50) == pytest.approx(128, abs=2)
    assert brightest(10) == pytest.approx(26, abs=2)


def test_what_lies_beside_the_text_stays_as_it_was(tmp_path):
    before = pictures.corners(WIDTH, HEIGHT)
    picture = marked(tmp_path, before, position="center", size=20)

    left, top, right, bottom = changed(picture, before)
    assert WIDTH * 0.38 < left < right < WIDTH * 0.62
    assert HEIGHT * 0.4 < top < bottom < HEIGHT * 0.6


@pytest.mark.parametrize("tile", ["straight", "diagonal"])
def test_a_repeated_text_leaves_no_quarter_of_the_picture_free(tmp_path, tile):
    before = plain(90, 90, 90)
    difference = abs(marked(tmp_path, before, tile=tile, size=25) - before)

    quarters = [
        difference.crop(left, top, WIDTH // 4, HEIGHT // 4).avg()
        for left in range(0, WIDTH, WIDTH // 4)
        for top in range(0, HEIGHT, HEIGHT // 4)
    ]
    assert min(quarters) > 1


def test_diagonal_rows_rise():
    straight = draw_text_mark("—" * 20, 300, 200, "#ffffff")
    turned = straight.rotate(-30)

    width, height = turned.cover.width, turned.cover.height
    assert straight.cover.height / straight.cover.width < 0.15
    assert height / width == pytest.approx(0.577, abs=0.12)
    assert turned.cover.crop(0, height // 2, width // 2, height // 2).avg() > 5
    assert turned.cover.crop(0, 0, width // 3, height // 3).avg() < 1


def test_markup_and_signs_are_written_as_they_are(tmp_path):
    def width_of(text):
        return draw_text_mark(text, 10_000, 50, "#ffffff").ink.width

    assert width_of("<b>x</b>") > 3 * width_of("x")
    assert width_of("&amp;") > 2 * width_of("&")
    marked(tmp_path, text="<span size='100000000'>& <")


@pytest.mark.parametrize("text", ["Привет", "Ελλάδα", "שלום", "مرحبا", "写真", "e\u0301\u200d"])
def test_any_script_can_be_written(tmp_path, text):
    before = plain(90, 90, 90)

    left, top, right, bottom = changed(marked(tmp_path, before, text=text), before)
    assert right > left
    assert bottom > top


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "text must be one line of text"),
        ("  ", "text must be one line of text"),
        ("a\nb", "text must be one line of text"),
        ("a\ud800", "text must be one line of text"),
        ("a" * 201, "text must have at most 200 characters"),
        ("© {yaer}", "text must have no field “{yaer}”: there are {year}, {date}, {artist}"),
    ],
)
def test_texts_that_cannot_be_written_are_refused(text, sentence):
    with pytest.raises(InvalidSteps) as refused:
        parse_steps([{"operation": "watermark", "options": {"text": text}}])

    assert refused.value.sentence == f"Step 1 (watermark): {sentence}"


def test_fields_are_filled_from_each_picture(tmp_path):
    told = {"exif-ifd2-DateTimeOriginal": "2019:06:07 08:09:10", "exif-ifd0-Artist": "Ana"}
    picture = pictures.with_fields(plain(90, 90, 90), **told)

    from_fields = marked(tmp_path, picture, text="© {year} {artist} {date}")
    spelt_out = marked(tmp_path, text="© 2019 Ana 2019-06-07")

    assert abs(from_fields - spelt_out).max() == 0


def test_nothing_is_written_when_a_field_is_all_there_is_and_the_picture_says_nothing(tmp_path):
    before = plain(90, 90, 90)

    assert abs(marked(tmp_path, before, text="{date}") - before).max() == 0


def test_a_coloured_text_makes_a_grey_page_coloured_and_a_white_one_does_not(tmp_path):
    assert marked(tmp_path, plain(90)).bands == 1
    red = marked(tmp_path, plain(90), colour="#ff0000", size=90, opacity=100)
    assert red.bands == 3
    assert (red[0] - red[1]).max() > 240


def test_the_colour_is_right_in_a_picture_with_a_wide_profile(tmp_path):
    wide = plain(90, 90, 90).icc_transform("p3")
    picture = marked(tmp_path, wide, colour="#ff0000", size=90, opacity=100)

    shown = picture.icc_transform("srgb", embedded=True)
    assert (shown[0] - shown[1]).max() > 235
    assert (picture[0] - picture[1]).max() < 210  # the numbers of a wide profile are smaller for the same red


def test_sixteen_bits_stay_sixteen_beside_and_below_the_text(tmp_path):
    ramp = (pyvips.Image.xyz(WIDTH, HEIGHT)[0] * 100 + 3).cast("ushort").bandjoin([2000, 3000])
    picture = marked(tmp_path, ramp.copy(interpretation="rgb16"), size=100, margin=0, position="center", opacity=50)

    assert picture.format == "ushort"
    assert picture(5, 5) == [503, 2000, 3000]
    assert picture[1].max() == pytest.approx((2000 + 65535) / 2, rel=0.02)


@pytest.mark.parametrize("deep", [False, True])
def test_the_text_shows_where_the_picture_is_transparent(tmp_path, deep):
    clear = plain(10, 200, 10).bandjoin(0)
    if deep:
        clear = (clear.cast("ushort") * 257).cast("ushort").copy(interpretation="rgb16")
    picture = marked(tmp_path, clear, size=90, opacity=100)

    white = 65535 if deep else 255
    assert picture[3].max() == white
    assert picture(0, 0)[3] == 0
    row = picture.height - round(picture.height * 0.12)
    solid = [picture(x, row) for x in range(picture.width) if picture(x, row)[3] == white]
    assert max(pixel[0] for pixel in solid) == pytest.approx(white, abs=white / 100)


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_every_frame_carries_the_text(tmp_path, format):
    source = pictures.save_animation(tmp_path / "source", format, width=96, height=64)
    step = {"operation": "watermark", "options": {"text": "Ana", "size": 80}}

    made = pipeline.process(source, format, [step], tmp_path, "out")

    roll = pictures.load(made.path, n=-1)
    for frame in range(3):
        part = roll.crop(0, frame * 64, 96, 64)[1]
        assert part.max() - part(1, 1)[0] > 80


def test_a_later_resize_keeps_the_text_where_it_was(tmp_path):
    """The text is measured by the picture: before a resize it looks as after one."""
    resize = {"operation": "resize", "options": {"longest_edge": 300}}
    source = pictures.save(plain(90, 90, 90), tmp_path / "source", "png")
    step = {"operation": "watermark", "options": {"text": "Ana", "size": 50}}

    def boxes(*steps):
        made = pictures.load(pipeline.process(source, "png", steps, tmp_path, "out").path)
        return changed(made, plain(90, 90, 90, width=300, height=200))

    assert boxes(step, resize) == pytest.approx(boxes(resize, step), abs=4)


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (900, 1), (16, 16)])
@pytest.mark.parametrize("tile", ["none", "diagonal"])
def test_the_smallest_picture_can_carry_a_text(tmp_path, size, tile):
    picture = marked(tmp_path, plain(90, 90, 90, width=size[0], height=size[1]), tile=tile, margin=40)

    assert (picture.width, picture.height) == size


@pytest.mark.parametrize("text", ["\u200b", "\u3164", "\u2800", "\ufeff \u00a0", "\u115f\ufe0f", "\u00ad"])
def test_texts_with_nothing_to_see_are_refused(text):
    with pytest.raises(InvalidSteps) as refused:
        parse_steps([{"operation": "watermark", "options": {"text": text}}])

    assert refused.value.sentence == "Step 1 (watermark): text must be one line of text"


def test_a_text_that_a_picture_leaves_empty_is_told(tmp_path):
    source = pictures.save(plain(90, 90, 90), tmp_path / "source", "jpeg")
    step = {"operation": "watermark", "options": {"text": "{artist}"}}

    made = pipeline.process(source, "jpeg", [step, step], tmp_path, "out")

    assert made.notes == ("No watermark: this picture has no value for the fields of its text",)
    assert pipeline.process(source, "jpeg", [OWNED, step], tmp_path, "out").notes == ()


RESIZE = {"operation": "resize", "options": {"longest_edge": 300}}
CUT = {"operation": "crop", "options": {"width": 500}}
OWNED = {"operation": "set-metadata", "options": {"artist": "Ana Müller"}}


@pytest.mark.parametrize("steps", [[OWNED], [OWNED, RESIZE], [RESIZE, OWNED], [CUT, OWNED, RESIZE]], ids=str)
def test_the_artist_is_who_an_earlier_step_names(tmp_path, steps):
    picture = pictures.with_fields(plain(90, 90, 90), **{"exif-ifd0-Artist": "Ben"})
    without = [step for step in steps if step is not OWNED]

    from_step = marked(tmp_path, picture, steps=steps, text="{artist}", size=60)

    assert (from_step - marked(tmp_path, picture, steps=without, text="Ana Müller", size=60)).abs().max() == 0
    assert (from_step - marked(tmp_path, picture, steps=without, text="Ben", size=60)).abs().max() > 0


def test_the_artist_may_be_known_to_xmp_alone(tmp_path):
    packet = xmp.update_texts(b"", {xmp.ARTIST: "Ana Müller"})
    for fields in ({}, {"exif-ifd0-Artist": "Ana Muller"}):
        picture = pictures.with_fields(plain(90, 90, 90), xmp_data=packet, **fields)
        found = marked(tmp_path, picture, text="{artist}")
        assert (found - marked(tmp_path, picture, text="Ana Müller")).abs().max() == 0


@pytest.mark.parametrize("artist", ["\u200b", "\u3164"])
def test_a_picture_that_fills_a_text_with_nothing_to_see_stays_as_it_is(artist):
    before = pictures.with_fields(plain(90, 90, 90), **{"exif-ifd0-Artist": artist})
    watermark = get_operation("watermark")

    assert watermark.apply(before, watermark.Options(text="{artist}")) is before


def test_signs_that_no_font_draws_are_told_in_words(monkeypatch):
    def nothing(*args, **options):
        raise pyvips.Error("unable to call text", "text: no text to render")

    monkeypatch.setattr(pyvips.Image, "text", nothing)

    with pytest.raises(Unreadable, match="No installed font has any letter of the watermark"):
        draw_text_mark("x", 100, 100, "#ffffff")


def test_a_text_that_is_written_is_not_told(tmp_path):
    source = pictures.save(plain(90, 90, 90), tmp_path / "source", "jpeg")

    assert pipeline.process(source, "jpeg", [{"operation": "watermark"}], tmp_path, "out").notes == ()
