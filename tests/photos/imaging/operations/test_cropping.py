"""Parts of pictures: of a shape, of a size, an exact box, or what catches the eye."""

import pytest
import pyvips

from photos.imaging import pipeline
from photos.imaging.cancellation import Killer
from photos.imaging.formats import Unreadable
from photos.imaging.operations import InvalidSteps, get_operation, parse_steps
from photos.imaging.operations.crop import crop_box
from tests.photos.imaging import pictures

PNG = {"operation": "convert", "options": {"format": "png"}}


def cropped(tmp_path, source, format="png", then=(), **options):
    made = pipeline.process(source, format, [{"operation": "crop", "options": options}, *then], tmp_path, "out")
    return pictures.load(made.path)


def ramp(width=600, height=400):
    """A picture whose pixels say where they are: red grows to the right, green downwards."""
    place = pyvips.Image.xyz(width, height)
    scaled = place * [255 / (width - 1), 255 / (height - 1)]
    return scaled.bandjoin(0).rint().cast("uchar").copy(interpretation="srgb")


def with_spot(width, height, x, y):
    """A grey wall with one bright, detailed spot on it."""
    wall = pyvips.Image.black(width, height, bands=3).linear(1, 110).cast("uchar").copy(interpretation="srgb")
    noise = pyvips.Image.gaussnoise(30, 30, mean=0, sigma=60, seed=1)
    spot = noise.bandjoin([noise, noise]).linear(1, [230, 90, 40]).cast("uchar")
    return wall.insert(spot, x - 15, y - 15)


@pytest.mark.parametrize(
    ("options", "part"),
    [
        ({}, (100, 0, 400, 400)),
        ({"aspect": "1:1"}, (100, 0, 400, 400)),
        ({"aspect": "3:2"}, (0, 0, 600, 400)),
        ({"aspect": "2:3"}, (0, 0, 600, 400)),
        ({"aspect": "2:3", "turn": False}, (166, 0, 267, 400)),
        ({"aspect": "16:9"}, (0, 31, 600, 338)),
        ({"aspect": "1.5:1"}, (0, 0, 600, 400)),
        ({"aspect": "1:1", "position": "left"}, (0, 0, 400, 400)),
        ({"aspect": "1:1", "position": "bottom-right"}, (200, 0, 400, 400)),
        ({"aspect": "4:1", "position": "top"}, (0, 0, 600, 150)),
        ({"aspect": "4:1", "position": "bottom"}, (0, 250, 600, 150)),
        ({"width": 100, "height": 50}, (250, 175, 100, 50)),
        ({"width": 100}, (250, 0, 100, 400)),
        ({"width": 5000, "height": 50, "position": "top"}, (0, 0, 600, 50)),
        ({"left": 10, "top": 20, "width": 30, "height": 40}, (10, 20, 30, 40)),
        ({"left": 590, "top": 0, "width": 30, "height": 40}, (590, 0, 10, 40)),
        ({"left": 10, "top": 20, "width": 50, "height": 25, "unit": "percent"}, (60, 80, 300, 100)),
        ({"aspect": "1:1", "left": 20, "unit": "percent"}, (120, 0, 400, 400)),
        ({"width": 0.01, "height": 0.01, "position": "top-left"}, (0, 0, 1, 1)),
    ],
)
def test_every_way_to_say_which_part(tmp_path, options, part):
    original = ramp()

    picture = cropped(tmp_path, pictures.save(original, tmp_path / "source", "png"), **options)

    left, top, width, height = part
    assert (picture.width, picture.height) == (width, height)
    assert (picture - original.crop(left, top, width, height)).abs().max() == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_picture_is_cropped_as_it_is_seen(tmp_path, orientation):
    source = pictures.save_turned(tmp_path / "source", orientation, width=600, height=400)

    picture = cropped(tmp_path, source, "jpeg", width=100, height=100, position="bottom-left")

    assert picture.avg() == pytest.approx(sum(pictures.CORNERS["bottom left"]) / 3, abs=3)
    assert picture.deviate() == pytest.approx(90, abs=3), "the blue alone"


def test_a_shape_turns_with_an_upright_picture(tmp_path):
    source = pictures.save(pictures.corners(400, 600), tmp_path / "source", "png")

    assert cropped(tmp_path, source, aspect="16:9").height == 600
    assert cropped(tmp_path, source, aspect="16:9", turn=False).height == 225


@pytest.mark.parametrize("spot", [80, 250, 520])
@pytest.mark.parametrize("deep", [False, True])
def test_attention_finds_what_catches_the_eye(tmp_path, spot, deep):
    picture = with_spot(600, 200, spot, 100)
    picture = (picture.cast("ushort") * 257).cast("ushort").copy(interpretation="rgb16") if deep else picture
    source = pictures.save(picture, tmp_path / "source", "png")

    part = cropped(tmp_path, source, aspect="1:1", position="attention")

    assert (part.width, part.height) == (200, 200)
    assert part.max() > 200 * (257 if deep else 1), "the spot is in it"


def test_attention_looks_at_the_first_frame_and_cuts_all_alike(tmp_path):
    frames = [with_spot(300, 100, x, 50) for x in (40, 60, 260)]
    roll = pictures.with_fields(pyvips.Image.arrayjoin(frames, across=1), page_height=100)
    source = pictures.save(roll, tmp_path / "source", "webp")

    made = pipeline.process(
        source, "webp", [{"operation": "crop", "options": {"position": "attention"}}], tmp_path, "out"
    )

    moving = pictures.load(made.path, n=-1)
    brightest = [moving[0].crop(0, top, 100, 100).max() for top in (0, 100, 200)]
    assert (moving.width, moving.get("page-height")) == (100, 100)
    assert brightest[0] > 200
    assert brightest[2] < 160, "the last frame's spot is not followed"


@pytest.mark.parametrize("format", ["jpeg", "webp", "png"])
@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(
    "options",
    [
        {"aspect": "1:1", "position": "right"},
        {"left": 300, "top": 100, "width": 601, "height": 601},
        {"left": 25, "top": 12.5, "width": 50, "height": 75, "unit": "percent"},
    ],
)
def test_a_crop_before_a_resize_shows_the_same_as_without_decoding_less(tmp_path, format, orientation, options):
    smooth = ramp(1200, 800)
    stored = pictures.with_fields(pictures.STORAGE_TURNS[orientation](smooth), orientation=orientation)
    source = pictures.save(stored, tmp_path / "source", format)
    part = crop_box(1200, 800, get_operation("crop").Options.parse(options))
    resize = {"operation": "resize", "options": {"width": 60, "height": 60, "fit": "fill"}}

    picture = cropped(tmp_path, source, format, then=[resize, PNG], **options)

    wanted = smooth.crop(*part).resize(60 / part.width, vscale=60 / part.height)
    assert (picture.width, picture.height) == (60, 60)
    assert (picture.colourspace("srgb") - wanted).abs().max() <= 6


def test_a_crop_before_a_resize_decodes_less(tmp_path, monkeypatch):
    source = pictures.save(ramp(1600, 1200), tmp_path / "source", "jpeg")
    opened = []
    load = pyvips.Image.jpegload

    def spying(path, **options):
        opened.append(options.get("shrink"))
        return load(path, **options)

    monkeypatch.setattr(pyvips.Image, "jpegload", spying)
    cropped(
        tmp_path, source, "jpeg", then=[{"operation": "resize", "options": {"longest_edge": 75}}], position="attention"
    )

    assert 8 in opened


def test_a_part_outside_the_picture_is_refused_in_words(tmp_path):
    source = pictures.save(pictures.corners(), tmp_path / "source", "png")

    with pytest.raises(Unreadable, match="The part to keep lies outside the picture, which has 96 × 64 pixels"):
        cropped(tmp_path, source, left=96, width=10)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"aspect": "3"}, "aspect must look like 3:2"),
        ({"aspect": "3:2\n"}, "aspect must be one line of text"),
        ({"aspect": "0:2"}, "aspect must be between 1:100 and 100:1"),
        ({"aspect": "2:0"}, "aspect must be between 1:100 and 100:1"),
        ({"aspect": "1:101"}, "aspect must be between 1:100 and 100:1"),
        ({"aspect": "1:1", "width": 10}, "give aspect, or width and height, but not both"),
        ({"width": 101, "unit": "percent"}, "width must be at most 100 percent"),
    ],
)
def test_what_does_not_go_together_is_refused(options, sentence):
    with pytest.raises(InvalidSteps) as refused:
        parse_steps([{"operation": "crop", "options": options}])

    assert str(refused.value) == f"Step 1 (crop): {sentence}"


@pytest.mark.parametrize("orientation", [1, 6])
def test_what_must_be_held_is_held_no_larger_than_it_is_of_use(tmp_path, monkeypatch, orientation):
    held = []
    hold = Killer.hold
    monkeypatch.setattr(Killer, "hold", lambda self, image: held.append(image.width) or hold(self, image))
    source = pictures.save_turned(tmp_path / "source", orientation, "png", width=1600, height=1200)
    resize = {"operation": "resize", "options": {"longest_edge": 100}}

    picture = cropped(tmp_path, source, "png", then=[resize], aspect="4:3", position="attention")

    assert (picture.width, picture.height) == (100, 75)
    assert pictures.is_upright(picture)
    assert len(held) == 1, "what is held already is not held again"
    assert held[0] <= 200


@pytest.mark.parametrize(("given", "left", "top"), [({"left": 20}, 120, None), ({"top": 25}, None, 100)])
def test_attention_along_one_side_takes_percent_for_percent(tmp_path, given, left, top):
    original = ramp()
    options = get_operation("crop").Options.parse(
        {"position": "attention", "unit": "percent", "width": 50, "height": 50} | given
    )

    step = get_operation("crop").resolve(original, options)

    part = crop_box(600, 400, step.options)
    assert (part.width, part.height) == (300, 200)
    assert left in (None, part.left)
    assert top in (None, part.top)


@pytest.mark.parametrize("step", [("crop", {"position": "attention", "aspect": "100:1"}), ("trim", {})])
def test_a_side_longer_than_anybody_may_ask_for_can_be_cut(tmp_path, step):
    name, options = step
    long = pyvips.Image.black(100_200, 20, bands=3).linear(1, 200).cast("uchar").copy(interpretation="srgb")
    long = long.insert(ramp(300, 10), 60_000, 5)

    resolved = get_operation(name).resolve(long, get_operation(name).Options.parse(options))

    part = crop_box(100_200, 20, resolved.options)
    assert 0 < part.width <= 100_200
    assert 0 < part.height <= 20
