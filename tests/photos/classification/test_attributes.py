"""Figures about pictures, measured on pictures whose figures are known."""

import numpy as np
import pytest
import pyvips

from photos.classification.attributes import hamming_distance, measure_attributes, palette
from photos.classification.features import SIDE_PIXELS, Features
from tests.photos.classification.pictures import blurred, flat, landscape, looked_at


def look(pixels: np.ndarray) -> Features:
    return Features(np.ascontiguousarray(pixels.astype(np.uint8)), pixels.shape[1], pixels.shape[0], "png", "")


def halves(left: tuple[int, int, int], right: tuple[int, int, int]) -> np.ndarray:
    pixels = np.zeros((100, 100, 3))
    pixels[:, :50], pixels[:, 50:] = left, right
    return pixels


def test_a_picture_is_looked_at_small_and_upright_whatever_its_orientation(tmp_path):
    canvas = pyvips.Image.black(2000, 1000, bands=3).copy(interpretation="srgb")
    canvas = canvas.draw_rect([255, 0, 0], 0, 0, 1000, 1000, fill=True).copy()
    canvas.set_type(pyvips.GValue.gint_type, "orientation", 6)
    canvas.write_to_file(str(tmp_path / "a.jpg"))

    pixels = looked_at(tmp_path / "a.jpg").pixels

    assert pixels.shape == (SIDE_PIXELS, SIDE_PIXELS // 2, 3)
    assert pixels[10, 10, 0] > 200
    assert pixels[-10, 10, 0] < 50


@pytest.mark.parametrize("suffix", [".jpg", ".png", ".webp", ".tif"])
def test_grey_and_transparent_pictures_are_looked_at_in_colour_on_white(tmp_path, suffix):
    grey = pyvips.Image.black(60, 60).copy(interpretation="b-w")
    grey.write_to_file(str(tmp_path / f"grey{suffix}"))
    assert looked_at(tmp_path / f"grey{suffix}").pixels.shape == (60, 60, 3)
    if suffix != ".jpg":
        grey.bandjoin(0).write_to_file(str(tmp_path / f"clear{suffix}"))
        assert looked_at(tmp_path / f"clear{suffix}").pixels.min() == 255


def test_sharpness_tells_a_sharp_picture_from_a_blurred_one_and_from_a_flat_one(tmp_path):
    sharp = landscape(tmp_path / "sharp.jpg")
    soft = blurred(tmp_path / "soft.png", sharp)
    fog = flat(tmp_path / "fog.png")

    sharpness = [measure_attributes(looked_at(path)).sharpness for path in (sharp, soft, fog)]

    assert sharpness[0] > 20 * sharpness[1]
    assert sharpness[2] == 0


def test_sharpness_does_not_depend_on_contrast():
    pattern = np.random.default_rng(1).normal(0, 1, (200, 200, 1)).repeat(3, axis=2)

    weak, strong = (measure_attributes(look(128 + pattern * spread)).sharpness for spread in (8, 30))

    assert weak == pytest.approx(strong, rel=0.05)


def test_exposure_says_how_bright_a_picture_is_and_what_is_clipped():
    figures = measure_attributes(look(halves((0, 0, 0), (255, 255, 255))))

    assert figures.mean == pytest.approx(127.5, abs=0.1)
    assert figures.deviation == pytest.approx(127.5, abs=0.1)
    assert (figures.clipped_dark, figures.clipped_bright) == (0.5, 0.5)


def test_colourfulness_is_zero_for_grey_and_high_for_pure_colours():
    grey = measure_attributes(look(halves((50, 50, 50), (200, 200, 200))))
    pure = measure_attributes(look(halves((255, 0, 0), (0, 0, 255))))

    assert (grey.colourfulness, grey.saturation) == (0, 0)
    assert pure.colourfulness > 109
    assert pure.saturation == 1


def test_the_palette_names_the_colours_by_how_much_of_them_there_is():
    pixels = halves((255, 0, 0), (255, 0, 0))
    pixels[:, 80:] = (0, 128, 0)

    assert palette(pixels.astype(np.uint8)) == ["#ff0000", "#008000"]


def test_the_same_picture_has_nearly_the_same_hash_and_another_picture_another(tmp_path):
    first = landscape(tmp_path / "a.jpg", 1)
    image = pyvips.Image.new_from_file(str(first))
    image.jpegsave(str(tmp_path / "low.jpg"), Q=30)
    image.resize(0.5).jpegsave(str(tmp_path / "small.jpg"))
    others = [landscape(tmp_path / f"{number}.jpg", number) for number in range(2, 8)]

    def bits(path):
        return int(measure_attributes(looked_at(path)).dhash, 16)

    assert max(hamming_distance(bits(first), bits(tmp_path / name)) for name in ("low.jpg", "small.jpg")) <= 6
    assert min(hamming_distance(bits(first), bits(other)) for other in others) > 6


def test_a_tiny_picture_has_figures_too(tmp_path):
    pyvips.Image.black(1, 2, bands=3).copy(interpretation="srgb").write_to_file(str(tmp_path / "a.png"))

    figures = measure_attributes(looked_at(tmp_path / "a.png"))

    assert (figures.sharpness, figures.palette, len(figures.dhash)) == (0, ["#000000"], 16)
