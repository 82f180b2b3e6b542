"""Sharper edges and less noise, measured; and a colour profile that the file really has."""

import io

import numpy as np
import pytest
import pyvips
from PIL import Image, ImageCms

from photos.imaging import pipeline
from photos.imaging.operations import get_operation
from tests.photos.imaging import pictures
from tests.photos.imaging.tones import apply_operation, hue, patch, ramp

WHITE = {"uchar": 255, "ushort": 65535}


def edge(bands=3, deep=False, soft=1.0):
    """A dark half and a light half with a soft edge between them."""
    image = pyvips.Image.black(100, 40).linear(1, 80).join(pyvips.Image.black(100, 40).linear(1, 170), "horizontal")
    image = (image.gaussblur(soft, precision="float") * (257 if deep else 1)).rint().cast("ushort" if deep else "uchar")
    space = {(1, False): "b-w", (3, False): "srgb", (1, True): "grey16", (3, True): "rgb16"}[bands, deep]
    return (
        image.bandjoin([image] * (bands - 1)).copy(interpretation=space)
        if bands > 1
        else image.copy(interpretation=space)
    )


def steepest(image):
    """The largest step from a pixel to the next, as a share of white."""
    line = image.numpy().reshape(image.height, image.width, image.bands)[20, :, 0].astype(float)
    return np.abs(np.diff(line)).max() / WHITE[image.format]


def noisy(image, grain, seed=1, coloured=True):
    """The picture with grain of that standard deviation, of 255 levels."""
    pixels = image.numpy().astype(float)
    pixels = pixels.reshape(*pixels.shape[:2], -1)
    bands = pixels.shape[2] if coloured else 1
    scale = WHITE[image.format] / 255
    pixels = pixels + np.random.default_rng(seed).normal(0, grain * scale, (*pixels.shape[:2], bands))
    rounded = pixels.clip(0, WHITE[image.format]).round().astype(image.numpy().dtype)
    return pyvips.Image.new_from_array(rounded, interpretation=image.interpretation)


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("deep", [False, True])
def test_edges_become_steeper_and_surfaces_stay(bands, deep):
    before = edge(bands, deep)
    sharp = apply_operation(before, "sharpen", amount=100, radius=1, threshold=0)

    assert (sharp.format, sharp.interpretation) == (before.format, before.interpretation)
    assert steepest(sharp) > 1.2 * steepest(before)
    assert sharp(5, 20) == before(5, 20)
    assert sharp(195, 20) == before(195, 20)


def test_more_amount_sharpens_more_and_none_not_at_all():
    amounts = [steepest(apply_operation(edge(), "sharpen", amount=amount)) for amount in (0, 50, 100, 200)]

    assert amounts == sorted(set(amounts))
    assert amounts[0] == steepest(edge())


def test_a_wider_radius_reaches_further():
    def reach(radius):
        changed = abs(apply_operation(edge(soft=3), "sharpen", radius=radius, threshold=0) - edge(soft=3))
        return (changed > 1).numpy()[20].any(axis=-1).sum()

    assert reach(8) > 2 * reach(1)


def test_small_differences_are_left_alone():
    grainy = noisy(patch(128, 128, 128, size=64), 1.5)

    def grain(threshold):
        return apply_operation(grainy, "sharpen", amount=200, threshold=threshold).deviate()

    assert grain(0) > 1.8 * grainy.deviate()
    assert grain(8) == pytest.approx(grainy.deviate(), rel=0.02)


def test_sharpening_gives_edges_no_colours():
    left, right = patch(200, 60, 60, size=40), patch(120, 30, 30, size=40)
    sharp = apply_operation(left.join(right, "horizontal").copy(interpretation="srgb"), "sharpen", amount=100)

    red, green, blue = sharp(39, 20)
    assert red > 200
    assert (red - 200, green - 60) == (pytest.approx(blue - 60, abs=1), blue - 60)


def test_hidden_colours_do_not_shine_through():
    """Nothing is seen of what is transparent: it makes no edge either."""
    seen, hidden = patch(180, 180, 180, 255, size=40), patch(0, 0, 0, 0, size=40)
    picture = seen.join(hidden, "horizontal").copy(interpretation="srgb")

    for operation_, options in (("sharpen", {"amount": 300, "threshold": 0}), ("denoise", {"brightness": 100})):
        result = apply_operation(picture, operation_, **options)
        assert result(38, 20) == pytest.approx([180, 180, 180, 255], abs=1)


@pytest.mark.parametrize("bands", [1, 3])
@pytest.mark.parametrize("deep", [False, True])
def test_grain_goes_and_edges_stay(bands, deep):
    grainy = noisy(edge(bands, deep, soft=0.5), 5)
    smooth = apply_operation(grainy, "denoise", brightness=50, colour=100)

    def grain(image):
        return image.crop(5, 5, 80, 30)[0].deviate()

    assert (smooth.format, smooth.interpretation) == (grainy.format, grainy.interpretation)
    assert grain(smooth) < 0.4 * grain(grainy)
    assert steepest(smooth) > 0.75 * steepest(edge(bands, deep, soft=0.5))
    assert smooth.avg() == pytest.approx(grainy.avg(), rel=0.01)


def test_more_strength_smooths_more():
    grainy = noisy(patch(128, 128, 128, size=100), 6)

    left = [
        apply_operation(grainy, "denoise", brightness=strength, colour=strength)[1].deviate()
        for strength in (0, 20, 50, 100)
    ]
    assert left == sorted(set(left), reverse=True)
    assert abs(apply_operation(grainy, "denoise", brightness=0, colour=0) - grainy).max() <= 1


def test_colour_grain_goes_by_itself():
    grainy = noisy(patch(128, 128, 128, size=100), 8)

    def tint(image):
        return (image[0] - image[1]).deviate()

    assert tint(apply_operation(grainy, "denoise", brightness=0, colour=100)) < 0.35 * tint(grainy)


def test_colours_stay_in_their_places():
    before = pictures.corners(200, 160)

    smooth = apply_operation(before, "denoise", brightness=100, colour=100)

    assert pictures.is_upright(smooth)
    for x, y in ((20, 20), (180, 20), (20, 140)):
        assert hue(smooth, x, y) == pytest.approx(hue(before, x, y), abs=1)


@pytest.mark.parametrize("size", [(1, 1), (1, 50), (51, 3)])
@pytest.mark.parametrize("name", ["sharpen", "denoise"])
def test_the_smallest_pictures_pass(name, size):
    result = apply_operation(pyvips.Image.black(*size, bands=3).copy(interpretation="srgb"), name)

    assert (result.width, result.height) == size


@pytest.mark.parametrize("name", ["sharpen", "denoise"])
def test_a_radius_shrinks_with_the_picture(name):
    found = get_operation(name)

    assert found.scale_options(found.Options(radius=4), 0.5).radius == 2
    assert found.scale_options(found.Options(radius=0.3), 0.01).radius > 0


@pytest.mark.parametrize("format", ["jpeg", "png"])
def test_a_wide_radius_is_read_from_top_to_bottom(tmp_path, format):
    source = pictures.save(edge().resize(4, vscale=40), tmp_path / "source", format)

    for name, options in (("sharpen", {"radius": 50}), ("denoise", {"radius": 10})):
        made = pipeline.process(source, format, [{"operation": name, "options": options}], tmp_path, name)
        assert (made.width, made.height) == (800, 1600)


def profile(path):
    """What the profile of a file calls itself."""
    with Image.open(path) as picture:
        return ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(picture.info["icc_profile"])))


@pytest.mark.parametrize(("wanted", "words"), [("srgb", "sRGB"), ("display-p3", "P3")])
@pytest.mark.parametrize("wide", [False, True])
@pytest.mark.parametrize("format", ["jpeg", "png", "tiff", "webp"])
def test_the_file_has_the_profile_and_looks_as_before(tmp_path, wanted, words, wide, format):
    picture = pictures.corners().icc_transform("p3", input_profile="srgb") if wide else pictures.corners()
    source = pictures.save(picture, tmp_path / "source", format)
    step = {"operation": "colour-profile", "options": {"profile": wanted}}

    made = pipeline.process(source, format, [step], tmp_path, "out")

    assert words in profile(made.path)
    result = pictures.load(made.path)
    assert result.icc_transform("srgb", embedded=True)(4, 4)[:3] == pytest.approx([220, 30, 30], abs=9)
    assert (result(4, 4)[0] < 210) == (wanted == "display-p3"), "the numbers of a wide profile are smaller"


def test_sixteen_bits_stay_in_another_profile():
    deep = apply_operation(ramp(deep=True, width=4000), "colour-profile", profile="display-p3")

    assert deep.format == "ushort"
    assert len(set(deep.numpy()[0, :, 0])) > 3900


def test_a_grey_picture_stays_grey_in_any_profile():
    grey = apply_operation(patch(90), "colour-profile", profile="display-p3")

    assert (grey.bands, grey(0, 0)) == (1, [90])


def test_a_profile_of_garbage_is_replaced():
    garbage = pictures.with_fields(pictures.corners(), icc_profile_data=b"no profile" * 20)

    result = apply_operation(garbage, "colour-profile")

    assert result.get("icc-profile-data") != b"no profile" * 20
    assert result(4, 4) == pytest.approx([220, 30, 30], abs=2)
