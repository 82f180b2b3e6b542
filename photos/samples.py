"""Made-up landscapes for people who want to try the library before they trust it with photos of their own.

Number n always gives the same picture: a sky, a sun or a moon, ridges that fade with distance, and often a lake.
"""

import array
import math
import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pyvips

SHAPES = ((3, 2), (3, 2), (4, 3), (16, 9), (2, 3), (3, 4))
# Orientation tag → how the stored pixels are turned, so that the tag turns them back.
STORED = {1: "d0", 3: "d180", 6: "d270", 8: "d90"}
CAMERAS = (("Stopbath", "Pinhole 35"), ("Stopbath", "Field Camera 4x5"), ("Stopbath", "Pocket 110"))
FIRST_DAY = datetime(2023, 3, 20, 7, 30)
QUALITY = 90

type Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Mood:
    """The light of a scene: colours from the top of the sky to the nearest ridge."""

    top: Colour
    horizon: Colour
    far: Colour
    near: Colour
    light: Colour  # of the sun or the moon
    cloud: Colour


MOODS = (
    Mood((52, 104, 176), (196, 220, 236), (150, 178, 200), (34, 62, 44), (255, 250, 230), (250, 250, 250)),  # noon
    Mood((58, 62, 112), (250, 176, 110), (176, 122, 130), (36, 26, 44), (255, 226, 160), (255, 190, 150)),  # sunset
    Mood((120, 156, 190), (246, 222, 206), (190, 190, 204), (58, 72, 66), (255, 244, 220), (255, 240, 232)),  # morning
    Mood((14, 22, 50), (70, 92, 130), (50, 66, 98), (8, 12, 22), (236, 240, 250), (90, 104, 136)),  # moonlight
    Mood((128, 140, 150), (206, 212, 212), (164, 172, 174), (50, 60, 54), (236, 238, 236), (220, 224, 224)),  # mist
    Mood((84, 120, 170), (252, 214, 150), (206, 160, 120), (78, 50, 30), (255, 240, 200), (255, 232, 200)),  # autumn
)


def make_sample(n: int, path: Path, megapixels: float = 2) -> None:
    """Write landscape number n as a JPEG with the date, the camera and often a turned orientation in its EXIF."""
    chance = random.Random(n)  # noqa: S311 - pictures, not secrets
    across, down = SHAPES[n % len(SHAPES)]
    unit = math.sqrt(megapixels * 1e6 / (across * down))
    width, height = round(across * unit), round(down * unit)
    picture = scene(chance, MOODS[n % len(MOODS)], width, height)
    orientation = chance.choice((1, 1, 1, 3, 6, 8))
    stored = tagged(picture.rot(STORED[orientation]), n, orientation, chance)
    stored.jpegsave(str(path), Q=QUALITY)


def scene(chance: random.Random, mood: Mood, width: int, height: int) -> pyvips.Image:
    """The whole landscape, with the grain of a sensor."""
    horizon = chance.uniform(0.42, 0.6)
    picture = sky(chance, mood, width, height, horizon)
    ridges = chance.randint(4, 6)
    for number in range(ridges):
        nearness = (number + 1) / ridges
        level = height * (horizon - 0.06 + nearness * chance.uniform(0.24, 0.36))
        relief = height * (0.10 + 0.10 * nearness)
        picture = with_ridge(chance, picture, blend(mood.far, mood.near, nearness**1.3), level, relief, nearness)
    if chance.random() < 0.5:
        picture = with_lake(chance, picture, mood)
    grain = pyvips.Image.gaussnoise(width, height, sigma=3.2, seed=chance.randrange(1 << 30))
    return (vignetted(picture) + grain).cast("uchar").copy(interpretation="srgb").copy_memory()


def sky(chance: random.Random, mood: Mood, width: int, height: int, horizon: float) -> pyvips.Image:
    """A gradient with a light in it, and clouds."""
    place = pyvips.Image.xyz(width, height)
    down = (place[1] / (height * horizon + 1)).linear(1, 0)
    picture = mixed(mood.top, mood.horizon, limited(down) ** 1.4)
    x, y = width * chance.uniform(0.15, 0.85), height * horizon * chance.uniform(0.25, 0.85)
    distance = ((place[0] - x) ** 2 + (place[1] - y) ** 2) ** 0.5
    size = min(width, height) * chance.uniform(0.03, 0.05)
    glow = (distance * (-1 / (size * 5))).exp() * 0.75
    disc = limited((distance * -1 + size) / (size * 0.08) + 0.5)
    picture = over(picture, mood.light, limited(glow + disc))
    covered = chance.uniform(0.45, 0.62)
    clouds = limited((cloudiness(chance, width, height) - covered) * 2.6) * 0.8
    return over(picture, mood.cloud, clouds * limited(down * -1 + 1.15))


def cloudiness(chance: random.Random, width: int, height: int) -> pyvips.Image:
    """Soft noise from 0 to 1, wider than high like clouds, and narrower towards the horizon."""
    small_width, small_height = max(32, width // 4), max(32, height // 4)
    total = pyvips.Image.black(small_width, small_height)
    for octave in range(5):
        cell = max(2, int(min(small_width, small_height) / 2.2**octave))
        noise = pyvips.Image.perlin(small_width, small_height * 2, cell_size=cell, seed=chance.randrange(1 << 30))
        total = total + noise.shrink(1, 2) * 0.52**octave
    scaled = total.linear(0.5, 0.5).cast("float")
    return scaled.resize(width / scaled.width, vscale=height / scaled.height, kernel="cubic").crop(0, 0, width, height)


def with_ridge(
    chance: random.Random, picture: pyvips.Image, colour: Colour, level: float, relief: float, nearness: float
) -> pyvips.Image:
    """A ridge in front of the picture, darker at its crest, in the haze at its foot, rougher when it is near."""
    width, height = picture.width, picture.height
    crest = crest_of(chance, width, level, relief, nearness)
    below = pyvips.Image.xyz(width, height)[1] - crest.embed(0, 0, width, height, extend="copy")
    edge = limited(below + 0.5)
    texture = rough(chance, width, height) * (4 + 18 * nearness)
    haze = limited(below / (relief * 3)) * (26 * (1 - nearness) + 6)
    body = (texture + haze).bandjoin([texture + haze, texture + haze]) + list(colour)
    return edge * body + (edge * -1 + 1) * picture


def crest_of(chance: random.Random, width: int, level: float, relief: float, nearness: float) -> pyvips.Image:
    """One row of heights: waves of ever shorter length and lower height, and trees on what is near."""
    waves = [
        (chance.uniform(0.7, 1.6) * 2**octave, chance.uniform(0, 2 * math.pi), 0.5**octave) for octave in range(8)
    ]
    trees = nearness > 0.7 and chance.random() < 0.7
    heights = array.array("f")
    tree = 0.0
    for x in range(width):
        along = x / width * 2 * math.pi
        wave = sum(size * math.sin(speed * along + phase + 0.6 * math.sin(along)) for speed, phase, size in waves)
        if trees:
            tree = chance.random() * relief * 0.10 if x % 3 == 0 else tree * 0.8
        heights.append(level - relief * wave * 0.6 - tree)
    return pyvips.Image.new_from_memory(heights.tobytes(), width, 1, 1, "float")


def rough(chance: random.Random, width: int, height: int) -> pyvips.Image:
    """Noise around 0, like woods and rock seen from afar."""
    noise = pyvips.Image.perlin(
        width // 2 + 1, height // 2 + 1, cell_size=max(4, width // 60), seed=chance.randrange(1 << 30)
    )
    fine = pyvips.Image.gaussnoise(width // 2 + 1, height // 2 + 1, sigma=0.35, seed=chance.randrange(1 << 30))
    return (noise + fine).resize(2, kernel="linear").crop(0, 0, width, height)


def with_lake(chance: random.Random, picture: pyvips.Image, mood: Mood) -> pyvips.Image:
    """The lower part of the picture as water that mirrors what stands above it."""
    width, height = picture.width, picture.height
    shore = round(height * chance.uniform(0.72, 0.82))
    depth = height - shore
    still = picture.copy_memory()
    mirror = still.crop(0, shore - depth, width, depth).flipver().conv(pyvips.Image.new_from_array([[1 / 9] * 9]))
    ripples = pyvips.Image.gaussnoise(width // 12 + 1, depth, sigma=7, seed=chance.randrange(1 << 30))
    ripples = ripples.resize(12, vscale=1, kernel="linear").crop(0, 0, width, depth)
    water = mirror * 0.78 + [part * 0.14 for part in mood.horizon] + ripples
    return still.insert(water.cast("float"), 0, shore)


def vignetted(picture: pyvips.Image) -> pyvips.Image:
    """The picture a little darker in its corners."""
    place = pyvips.Image.xyz(picture.width, picture.height)
    x, y = place[0] / picture.width - 0.5, place[1] / picture.height - 0.5
    return picture * ((x * x + y * y) * -0.45 + 1.03)


def limited(image: pyvips.Image) -> pyvips.Image:
    """The image with nothing below 0 and nothing above 1."""
    return (image < 0).ifthenelse(0, (image > 1).ifthenelse(1, image)).cast("float")


def mixed(first: Colour, second: Colour, share: pyvips.Image) -> pyvips.Image:
    """From the first colour, where the share is 0, to the second, where it is 1."""
    return share.bandjoin([share, share]) * [b - a for a, b in zip(first, second, strict=True)] + list(first)


def over(picture: pyvips.Image, colour: Colour, share: pyvips.Image) -> pyvips.Image:
    """The picture with a colour laid over it."""
    return picture * (share * -1 + 1) + share.bandjoin([share, share]) * list(colour)


def blend(first: Colour, second: Colour, share: float) -> Colour:
    """The colour between two."""
    red, green, blue = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return red, green, blue


def tagged(picture: pyvips.Image, n: int, orientation: int, chance: random.Random) -> pyvips.Image:
    """The picture with what a camera would say about it."""
    make, model = CAMERAS[n % len(CAMERAS)]
    taken = FIRST_DAY + timedelta(days=n * 11, minutes=chance.randrange(600))
    when = taken.strftime("%Y:%m:%d %H:%M:%S")
    picture = picture.copy()
    for field, value in {
        "exif-ifd0-Make": make,
        "exif-ifd0-Model": model,
        "exif-ifd0-Copyright": "Made by Stopbath, free to use",
        "exif-ifd0-DateTime": when,
        "exif-ifd2-DateTimeOriginal": when,
        "exif-ifd2-FNumber": f"{chance.choice((28, 40, 56, 80))}/10",
        "exif-ifd2-ExposureTime": f"1/{chance.choice((60, 125, 250, 500))}",
    }.items():
        picture.set_type(pyvips.GValue.gstr_type, field, value)
    picture.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    return picture
