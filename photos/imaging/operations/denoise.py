"""Denoise: guided filters on brightness and colour."""

import pyvips
from pydantic import Field

from photos.imaging.formats.colour import convert
from photos.imaging.formats.colour.luminance import luminance_weights
from photos.imaging.operations.pixels.local import blur
from photos.imaging.operations.pixels.tones import join_alpha, luma, split_alpha
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import OptionSet

MIN_RADIUS, MAX_RADIUS = 0.2, 10
MIN_NOISE_LEVELS = 0.5  # levels: below that there is no noise to speak of
MAX_NOISE_SHARE = 0.12  # of white: differences that a strength of 100 takes for noise


class Denoise(Operation):
    """Smooth noise and keep edges, with guided filters on brightness and on colour.

    K. He, J. Sun and X. Tang, "Guided Image Filtering", 2010, with bell-shaped windows.
    """

    name = "denoise"
    label = "Denoise"
    help = "Smooths the grain of pictures taken in the dark and of scans, and keeps edges; best as the first step."
    keeps_positions = True

    class Options(OptionSet):
        brightness: float = Field(30, ge=0, le=100, description="How strongly differences of brightness are smoothed.")
        colour: float = Field(50, ge=0, le=100, description="How strongly coloured blotches are smoothed.")
        radius: float = Field(2, ge=MIN_RADIUS, le=MAX_RADIUS, description="Pixels: the size of the grain.")

    def scale_options(self, options: Options, factor: float) -> Options:
        radius = min(max(options.radius * factor, MIN_RADIUS), MAX_RADIUS)
        return options.model_copy(update={"radius": radius})

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        colours, alpha = split_alpha(page)
        bright = luma(colours).cast("float")
        noise = MAX_NOISE_SHARE * options.brightness / 100 * convert.WHITE_BY_FORMAT[page.format]
        result = Guide(bright, alpha, options.radius).smooth(bright, noise) if noise else bright
        if not convert.is_grey(page):
            result = result + smooth_tints(colours - bright, colours, alpha, options)
        return join_alpha(result.rint().cast(page.format).copy(interpretation=page.interpretation), alpha)


class Guide:
    """A grey picture whose edges are kept while other pictures are smoothed."""

    def __init__(self, bright: pyvips.Image, alpha: pyvips.Image | None, radius: float) -> None:
        self.bright = bright
        self.alpha = alpha
        self.radius = radius
        self.mean = self.local_mean(bright)
        self.variance = self.local_mean(bright * bright) - self.mean * self.mean

    def local_mean(self, image: pyvips.Image) -> pyvips.Image:
        return blur(image, self.alpha, self.radius)

    def smooth(self, image: pyvips.Image, noise: float) -> pyvips.Image:
        """The image smoothed wherever the guide differs by less than the noise.

        Around each pixel the image is modelled as a linear function of the guide (He, Sun and Tang, equations 5 to 8).
        """
        mean = self.local_mean(image)
        slope = (self.local_mean(self.bright * image) - self.mean * mean) / (
            self.variance + max(noise, MIN_NOISE_LEVELS) ** 2
        )
        return self.local_mean(slope) * self.bright + self.local_mean(mean - slope * self.mean)


def smooth_tints(
    tints: pyvips.Image, colours: pyvips.Image, alpha: pyvips.Image | None, options: Denoise.Options
) -> pyvips.Image:
    """Differences of red, green and blue from grey, smoothed by the strength for colour.

    The eye sees tints less sharply than brightness: they are smoothed in half the size, a quarter of the work.
    """
    share = options.colour / 100
    if not share:
        return tints
    small = colours.shrink(2, 2, ceil=True)
    cover = alpha.shrink(2, 2, ceil=True) if alpha else None
    bright = luma(small).cast("float")
    two = (small - bright).recomb([[1, 0, 0], [0, 0, 1]])
    smooth = Guide(bright, cover, max(options.radius / 2, MIN_RADIUS)).smooth(two, 0)
    red, green, blue = luminance_weights(colours)
    # Green follows from the others, because the three weighted add up to nothing.
    all_three = smooth.recomb([[share, 0], [-share * red / green, -share * blue / green], [0, share]])
    across, down = colours.width / small.width, colours.height / small.height
    return tints * (1 - share) + all_three.resize(across, vscale=down, kernel="linear")
