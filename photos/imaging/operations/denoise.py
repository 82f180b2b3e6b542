import pyvips
from pydantic import Field

from photos.imaging.formats.colour import convert
from photos.imaging.formats.colour.luminance import luminance_weights
from photos.imaging.operations.pixels.local import blurred
from photos.imaging.operations.pixels.tones import apart, brightness, together
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import OptionSet

SMALLEST, LARGEST = 0.2, 10
LEAST = 0.5  # levels: below that there is no noise to speak of
NOISE = 0.12  # of white: differences that a strength of 100 takes for noise


class Denoise(Operation):
    """Smooth noise and keep edges, with guided filters on brightness and on colour.

    K. He, J. Sun and X. Tang, "Guided Image Filtering", 2010, with bell-shaped windows.
    """

    name = "denoise"
    label = "Denoise"
    help = "Smooths the grain of pictures taken in the dark and of scans, and keeps edges; best as the first step."
    keeps_places = True

    class Options(OptionSet):
        brightness: float = Field(30, ge=0, le=100, description="How strongly differences of brightness are smoothed.")
        colour: float = Field(50, ge=0, le=100, description="How strongly coloured blotches are smoothed.")
        radius: float = Field(2, ge=SMALLEST, le=LARGEST, description="Pixels: the size of the grain.")

    def at_scale(self, options: Options, factor: float) -> Options:
        radius = min(max(options.radius * factor, SMALLEST), LARGEST)
        return options.model_copy(update={"radius": radius})

    def apply(self, page: pyvips.Image, options: Options) -> pyvips.Image:
        colours, alpha = apart(page)
        bright = brightness(colours).cast("float")
        noise = NOISE * options.brightness / 100 * convert.WHITE_BY_FORMAT[page.format]
        result = Guide(bright, alpha, options.radius).smoothed(bright, noise) if noise else bright
        if not convert.is_grey(page):
            result = result + tinted(colours - bright, colours, alpha, options)
        return together(result.rint().cast(page.format).copy(interpretation=page.interpretation), alpha)


class Guide:
    """A grey picture whose edges other pictures are to keep while they are smoothed."""

    def __init__(self, bright: pyvips.Image, alpha: pyvips.Image | None, radius: float) -> None:
        self.bright = bright
        self.alpha = alpha
        self.radius = radius
        self.mean = self.around(bright)
        self.variance = self.around(bright * bright) - self.mean * self.mean

    def around(self, image: pyvips.Image) -> pyvips.Image:
        """The mean of each place's surroundings."""
        return blurred(image, self.alpha, self.radius)

    def smoothed(self, image: pyvips.Image, noise: float) -> pyvips.Image:
        """The image smoothed wherever the guide differs by less than the noise.

        Around each place the image is taken for a slope times the guide, and something more.
        """
        mean = self.around(image)
        slope = (self.around(self.bright * image) - self.mean * mean) / (self.variance + max(noise, LEAST) ** 2)
        return self.around(slope) * self.bright + self.around(mean - slope * self.mean)


def tinted(
    tints: pyvips.Image, colours: pyvips.Image, alpha: pyvips.Image | None, options: Denoise.Options
) -> pyvips.Image:
    """How far red, green and blue are from grey, smoothed as much as is wanted.

    The eye sees tints less sharply than brightness: they are smoothed in half the size.
    """
    share = options.colour / 100
    if not share:
        return tints
    small = colours.shrink(2, 2, ceil=True)
    cover = alpha.shrink(2, 2, ceil=True) if alpha else None
    bright = brightness(small).cast("float")
    two = (small - bright).recomb([[1, 0, 0], [0, 0, 1]])
    smooth = Guide(bright, cover, max(options.radius / 2, SMALLEST)).smoothed(two, 0)
    red, green, blue = luminance_weights(colours)
    # Green follows from the others, because the three weighted add up to nothing.
    all_three = smooth.recomb([[share, 0], [-share * red / green, -share * blue / green], [0, share]])
    across, down = colours.width / small.width, colours.height / small.height
    return tints * (1 - share) + all_three.resize(across, vscale=down, kernel="linear")
