"""Neighbourhoods: means around each pixel."""

import pyvips

EPSILON = 1e-6
MAX_EXACT_RADIUS = 4  # pixels
MIN_WEIGHT = 0.05  # of the weight of the middle: smaller weights are ignored


def blur(image: pyvips.Image, alpha: pyvips.Image | None, radius: float) -> pyvips.Image:
    """The mean of each pixel's neighbourhood, weighted by a Gaussian of standard deviation `radius` in pixels.

    With transparency, invisible pixels do not count.
    """
    if alpha is None:
        return gaussian_mean(image, radius)
    return gaussian_mean(image * alpha, radius) / (gaussian_mean(alpha, radius) + EPSILON)


def gaussian_mean(image: pyvips.Image, radius: float) -> pyvips.Image:
    # Repeated box filters are as good for a wide Gaussian, and take no longer the wider it is.
    precision = "approximate" if radius > MAX_EXACT_RADIUS else "float"
    return image.cast("float").gaussblur(radius, min_ampl=MIN_WEIGHT, precision=precision)
