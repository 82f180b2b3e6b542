"""What the operations that look around each pixel have in common."""

import pyvips

EPSILON = 1e-6
MAX_EXACT_RADIUS = 4  # pixels
MIN_WEIGHT = 0.05  # of the weight of the middle: what counts less is left out


def blur(image: pyvips.Image, alpha: pyvips.Image | None, radius: float) -> pyvips.Image:
    """The image with each place a mean of its surroundings, by a bell curve with this standard deviation in pixels.

    Where there is transparency, what cannot be seen does not count.
    """
    if alpha is None:
        return gaussian_mean(image, radius)
    return gaussian_mean(image * alpha, radius) / (gaussian_mean(alpha, radius) + EPSILON)


def gaussian_mean(image: pyvips.Image, radius: float) -> pyvips.Image:
    """The mean of each place's surroundings, with fractions."""
    # A bell of steps is as good where it is wide, and does not take longer the wider it is.
    precision = "approximate" if radius > MAX_EXACT_RADIUS else "float"
    return image.cast("float").gaussblur(radius, min_ampl=MIN_WEIGHT, precision=precision)
