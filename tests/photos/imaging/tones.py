"""Operations in memory, and what is seen of their results."""

import colorsys

import numpy as np
import pyvips

from photos.imaging.operations import parse_steps


def apply_operation(image, operation, **options):
    """What an operation makes of a picture."""
    (step,) = parse_steps([{"operation": operation, "options": options}])
    resolved = step.operation.resolve(image, step.options)
    return resolved.operation.apply(image, resolved.options).copy_memory()


def patch(*colour, size=8):
    """A picture of one colour of 8 bits; one number is grey, a fourth or second transparency."""
    image = pyvips.Image.black(size, size, bands=len(colour)).linear(1, list(colour)).cast("uchar")
    return image.copy(interpretation="srgb" if len(colour) > 2 else "b-w")


def ramp(bands=3, deep=False, low=0.0, high=1.0, width=256):
    """A picture that goes from one tone to another, from left to right."""
    white = 65535 if deep else 255
    tones = np.rint(np.linspace(low, high, width) * white).astype(np.uint16 if deep else np.uint8)
    space = {(1, False): "b-w", (3, False): "srgb", (1, True): "grey16", (3, True): "rgb16"}[bands, deep]
    return pyvips.Image.new_from_array(np.tile(tones[None, :, None], (8, 1, bands)), interpretation=space)


def hue(image, x=0, y=0):
    """The hue of a pixel in degrees."""
    white = 65535 if image.format == "ushort" else 255
    return 360 * colorsys.rgb_to_hsv(*(part / white for part in image(x, y)[:3]))[0]


def row(image):
    """The first row of the first colour."""
    return image.numpy().reshape(image.height, image.width, image.bands)[0, :, 0].astype(float)


def lab(image, x=0, y=0):
    """How light a pixel is, and where its colour lies, in CIE L*a*b*."""
    return image.colourspace("lab")(x, y)[:3]
