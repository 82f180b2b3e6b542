"""What the operations that look around each pixel have in common."""

import pyvips

BARELY = 1e-6
WIDE = 4  # pixels
FARTHEST = 0.05  # of the weight of the middle: what counts less is left out


def blurred(image: pyvips.Image, alpha: pyvips.Image | None, radius: float) -> pyvips.Image:
    """The image with each place a mean of its surroundings, by a bell curve with this standard deviation in pixels.

    Where there is transparency, what cannot be seen does not count.
    """
    if alpha is None:
        return bell(image, radius)
    return bell(image * alpha, radius) / (bell(alpha, radius) + BARELY)


def bell(image: pyvips.Image, radius: float) -> pyvips.Image:
    """The mean of each place's surroundings, with fractions."""
    # A bell of steps is as good where it is wide, and does not take longer the wider it is.
    precision = "approximate" if radius > WIDE else "float"
    return image.cast("float").gaussblur(radius, min_ampl=FARTHEST, precision=precision)
