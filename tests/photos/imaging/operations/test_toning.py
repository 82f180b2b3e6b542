"""Brightness, contrast, saturation, levels, white balance and black and white: measured, not looked at."""

import numpy as np
import pytest
import pyvips

from photos.imaging import pipeline
from photos.imaging.formats.colour import luminance
from tests.photos.imaging import pictures
from tests.photos.imaging.tones import apply_operation, hue, lab, patch, ramp, row

SKIES = [(220, 60, 40), (40, 160, 60), (30, 90, 200), (200, 160, 120)]


@pytest.mark.parametrize(("brightness", "change"), [(-60, -1), (-20, -1), (20, 1), (60, 1)])
def test_brightness_moves_the_middle_and_leaves_black_and_white(brightness, change):
    tones = row(apply_operation(ramp(), "adjust", brightness=brightness))

    assert (tones[0], tones[255]) == (0, 255)
    assert (tones[128] - 128) * change > 12
    assert (np.diff(tones) >= 0).all()
    assert len(set(tones)) > 120, "nothing is clipped"


def test_more_and_less_brightness_undo_each_other():
    there = apply_operation(ramp(deep=True), "adjust", brightness=40)

    assert row(apply_operation(there, "adjust", brightness=-40)) == pytest.approx(row(ramp(deep=True)), abs=4)


def test_contrast_steepens_the_middle_without_clipping():
    tones = row(apply_operation(ramp(), "adjust", contrast=50))

    assert (tones[0], tones[255]) == (0, 255)
    assert tones[160] - tones[96] > 1.3 * 64
    assert tones[10] > 0
    assert tones[245] < 255


def test_less_contrast_ends_in_the_middle_grey():
    assert set(row(apply_operation(ramp(), "adjust", contrast=-100))) <= {127.0, 128.0}


@pytest.mark.parametrize("gamma", [0.5, 2.2])
def test_gamma_is_a_power(gamma):
    tones = row(apply_operation(ramp(deep=True), "adjust", gamma=gamma))

    assert tones / 65535 == pytest.approx((row(ramp(deep=True)) / 65535) ** (1 / gamma), abs=1e-4)


@pytest.mark.parametrize("colour", SKIES)
def test_saturation_keeps_hue_and_brightness(colour):
    before = patch(*colour)
    more, less = apply_operation(before, "adjust", saturation=15), apply_operation(before, "adjust", saturation=-30)

    def chroma(image):
        return np.hypot(*lab(image)[1:])

    assert chroma(more) > 1.05 * chroma(before)
    assert chroma(less) < 0.9 * chroma(before)
    for image in (more, less):
        assert hue(image) == pytest.approx(hue(before), abs=6)
        assert lab(image)[0] == pytest.approx(lab(before)[0], abs=3)


@pytest.mark.parametrize("colour", SKIES)
def test_no_saturation_is_black_and_white(colour):
    red, green, blue = apply_operation(patch(*colour), "adjust", saturation=-100)(0, 0)

    (grey,) = apply_operation(patch(*colour), "monochrome")(0, 0)
    assert (red, green, blue) == pytest.approx((grey, grey, grey), abs=1)


def test_an_adjustment_of_nothing_changes_nothing():
    assert abs(apply_operation(pictures.corners(), "adjust") - pictures.corners()).max() == 0


@pytest.mark.parametrize("colour", SKIES)
def test_black_and_white_is_as_bright_as_the_picture(colour):
    grey = apply_operation(patch(*colour), "monochrome")

    assert grey.interpretation == "b-w"
    assert lab(grey.colourspace("srgb"))[0] == pytest.approx(lab(patch(*colour))[0], abs=2)


def test_a_red_filter_darkens_the_sky_and_a_green_one_lightens_leaves():
    def shade(colour, filter):
        return apply_operation(patch(*colour), "monochrome", filter=filter)(0, 0)[0]

    sky, leaf, grey = (90, 140, 220), (70, 140, 40), (128, 128, 128)
    assert shade(sky, "red") < shade(sky, "none") - 20
    assert shade(sky, "blue") > shade(sky, "none") + 10
    assert shade(leaf, "green") > shade(leaf, "none") + 3
    for filter in ("none", "yellow", "orange", "red", "green", "blue"):
        assert shade(grey, filter) == pytest.approx(128, abs=1)


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize(("tone", "degrees"), [("sepia", 72), ("selenium", 326), ("cyanotype", 255)])
def test_a_toned_print_has_its_hue_and_stays_as_light(bands, deep, tone, degrees):
    before = ramp(bands, deep)
    print_ = apply_operation(before, "monochrome", tone=tone)

    assert (print_.bands, print_.format) == (3, before.format)
    for x in (60, 128, 200):
        lightness, across, along = lab(print_, x)
        assert lightness == pytest.approx(lab(before.colourspace("srgb"), x)[0], abs=1.5)
        assert np.degrees(np.arctan2(along, across)) % 360 == pytest.approx(degrees, abs=15)
    assert max(abs(part) for part in lab(print_, 0)[1:]) < 1
    assert max(abs(part) for part in lab(print_, 255)[1:]) < 1


def test_black_and_white_of_a_wide_profile_is_that_of_its_look(tmp_path):
    wide = pictures.corners().icc_transform("p3", input_profile="srgb")

    grey, wanted = apply_operation(wide, "monochrome"), apply_operation(pictures.corners(), "monochrome")
    assert abs(grey - wanted).max() <= 2
    assert not grey.get_typeof("icc-profile-data")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_black_and_white_is_upright(tmp_path, orientation):
    source = pictures.save_turned(tmp_path / "source", orientation)

    made = pipeline.process(source, "jpeg", [{"operation": "monochrome"}], tmp_path, "out")

    wanted, result = apply_operation(pictures.corners(), "monochrome"), pictures.load(made.path)
    assert result.bands == 1
    assert abs(result - wanted).avg() < 3


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("deep", [False, True])
def test_levels_spread_a_flat_picture_over_all_tones(bands, deep):
    white = 65535 if deep else 255
    tones = row(apply_operation(ramp(bands, deep, low=0.3, high=0.7), "auto-levels"))

    assert tones[0] == pytest.approx(0, abs=white / 100)
    assert tones[-1] == pytest.approx(white, abs=white / 100)
    assert np.diff(tones) == pytest.approx(np.diff(tones).mean(), abs=white / 200 + 2)


def test_half_the_strength_goes_half_the_way():
    tones = row(apply_operation(ramp(low=0.4, high=0.8), "auto-levels", strength=50, clip=0))

    assert tones[0] / 255 == pytest.approx((0.4 - 0.2) / (0.9 - 0.2), abs=0.02)
    assert tones[-1] / 255 == pytest.approx((0.8 - 0.2) / (0.9 - 0.2), abs=0.02)


def test_levels_cut_off_no_more_than_asked_for():
    tones = row(apply_operation(ramp(low=0.2, high=0.8, width=1000), "auto-levels", clip=5))

    assert (tones == 0).mean() == pytest.approx(0.05, abs=0.01)
    assert (tones == 255).mean() == pytest.approx(0.05, abs=0.01)


def test_levels_keep_hues():
    dim = pyvips.Image.arrayjoin([patch(*(round(40 + part * 0.4) for part in colour)) for colour in SKIES], across=4)
    dim = dim.copy(interpretation="srgb")
    bright = apply_operation(dim, "auto-levels", clip=0)

    assert bright.max() == 255
    for x in (0, 8, 16, 24):
        assert hue(bright, x) == pytest.approx(hue(dim, x), abs=4)


@pytest.mark.parametrize("picture", [patch(200, 200, 200), patch(0), patch(255, 255, 255)])
def test_a_blank_page_stays_blank(picture):
    assert abs(apply_operation(picture, "auto-levels") - picture).max() == 0


def test_what_cannot_be_seen_does_not_count_for_levels():
    seen = ramp(low=0.3, high=0.7).bandjoin(255)
    hidden = pyvips.Image.arrayjoin([patch(0, 0, 0, 0), patch(255, 255, 255, 0)], across=2)
    both = seen.join(hidden.copy(interpretation="srgb"), "horizontal")

    tones = row(apply_operation(both, "auto-levels"))[:256]
    assert tones[0] < 5
    assert tones[-1] > 250


def cast(image, *gains):
    """The picture in coloured light."""
    return (image.colourspace("scrgb") * list(gains)).colourspace("srgb")


def scene():
    """Greys and colours that make grey together."""
    patches = [patch(230, 230, 230), patch(120, 120, 120), patch(60, 60, 60), *(patch(*colour) for colour in SKIES)]
    return pyvips.Image.arrayjoin(patches, across=7).copy(interpretation="srgb")


@pytest.mark.parametrize("gains", [(1, 0.85, 0.6), (0.7, 0.9, 1), (0.9, 1, 0.8)])
def test_a_cast_is_taken_out(gains):
    tinted = cast(scene(), *gains)
    balanced = apply_operation(tinted, "white-balance", strength=100)

    def greyness(image):
        return max(np.hypot(*lab(image, x)[1:]) for x in (8, 16))

    assert greyness(balanced) < 0.4 * greyness(tinted)


def test_balancing_keeps_brightness():
    tinted = cast(scene(), 1, 0.85, 0.6)

    assert lab(apply_operation(tinted, "white-balance"), 8)[0] == pytest.approx(lab(tinted, 8)[0], abs=4)


def test_a_picture_without_a_cast_hardly_changes():
    greys = ramp(low=0.05, high=0.95)

    assert abs(apply_operation(greys, "white-balance") - greys).max() <= 1


@pytest.mark.parametrize(
    ("options", "axis", "sign"),
    [({"temperature": 40}, 2, 1), ({"temperature": -40}, 2, -1), ({"tint": 40}, 1, 1), ({"tint": -40}, 1, -1)],
)
def test_warmer_is_yellower_and_a_tint_goes_from_green_to_magenta(options, axis, sign):
    grey = patch(128, 128, 128)
    result = apply_operation(grey, "white-balance", auto=False, **options)

    assert lab(result)[axis] * sign > 4
    assert lab(result)[0] == pytest.approx(lab(grey)[0], abs=2)


@pytest.mark.parametrize("picture", [patch(0, 0, 0), patch(255, 255, 255), patch(0, 0, 255), patch(9, 9, 9, 0)])
def test_pictures_that_say_nothing_about_the_light_stay(picture):
    assert abs(apply_operation(picture, "white-balance") - picture).max() <= 1


def test_all_frames_of_an_animation_get_the_same_levels(tmp_path):
    source = pictures.save_animation(tmp_path / "source", "webp")

    made = pipeline.process(source, "webp", [{"operation": "white-balance"}], tmp_path, "out")

    roll = pictures.load(made.path, n=-1)
    assert [roll(5, 5 + 32 * frame)[0] for frame in range(3)] == pytest.approx([40, 80, 120], abs=2)


def test_the_profile_tells_how_bright_its_colours_are():
    wide = pictures.corners().icc_transform("p3", input_profile="srgb")

    assert luminance.luminance_weights(pictures.corners()) == luminance.SRGB_WEIGHTS
    assert luminance.luminance_weights(wide) == pytest.approx((0.229, 0.692, 0.079), abs=0.02)
    garbage = pictures.with_fields(pictures.corners(), icc_profile_data=b"no profile" * 20)
    assert luminance.luminance_weights(garbage) == luminance.SRGB_WEIGHTS
    short = pictures.with_fields(pictures.corners(), icc_profile_data=wide.get("icc-profile-data")[:200])
    assert luminance.luminance_weights(short) == luminance.SRGB_WEIGHTS


@pytest.mark.parametrize("operation", ["adjust", "auto-levels", "white-balance", "monochrome"])
@pytest.mark.parametrize("deep", [False, True])
def test_transparency_is_left_alone(operation, deep):
    picture = pictures.transparent()
    if deep:
        picture = (picture.cast("ushort") * 257).cast("ushort").copy(interpretation="rgb16")
    options = {"adjust": {"contrast": 30, "saturation": 30}}.get(operation, {})

    result = apply_operation(picture, operation, **options)

    assert abs(result[result.bands - 1] - picture[3]).max() == 0
    assert result.format == picture.format
