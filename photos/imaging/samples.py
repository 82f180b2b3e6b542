"""Synthetic landscapes for people who want to try the library before they trust it with photos of their own.

Number n always gives the same picture: a sky, a sun or a moon, ridges that fade with distance, and often a lake.
"""

import array
import math
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyvips

ASPECTS = ((3, 2), (3, 2), (4, 3), (16, 9), (2, 3), (3, 4))
# Orientation tag → how the stored pixels are turned, so that the tag turns them back.
STORAGE_ROTATIONS = {1: "d0", 3: "d180", 6: "d270", 8: "d90"}
CAMERAS = (("Stopbath", "Pinhole 35"), ("Stopbath", "Field Camera 4x5"), ("Stopbath", "Pocket 110"))
FIRST_CAPTURE = datetime(2023, 3, 20, 7, 30, tzinfo=UTC)
JPEG_QUALITY = 90

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
    """Write landscape number n as a JPEG with a date, a camera and often an orientation other than 1 in its EXIF."""
    chance = random.Random(n)  # noqa: S311 - pictures, not secrets
    across, down = ASPECTS[n % len(ASPECTS)]
    unit = math.sqrt(megapixels * 1e6 / (across * down))
    width, height = 2 * round(across * unit / 2), 2 * round(down * unit / 2)
    picture = draw_scene(chance, MOODS[n % len(MOODS)], width, height)
    orientation = chance.choice((1, 1, 1, 3, 6, 8))
    stored_picture = add_exif(picture.rot(STORAGE_ROTATIONS[orientation]), n, orientation, chance)
    stored_picture.jpegsave(str(path), Q=JPEG_QUALITY)


def draw_scene(chance: random.Random, mood: Mood, width: int, height: int) -> pyvips.Image:
    """The whole landscape, with the grain of a sensor."""
    horizon = chance.uniform(0.42, 0.6)
    picture = draw_sky(chance, mood, width, height, horizon)
    texture = rough_texture(chance, width, height)
    ridges = chance.randint(4, 6)
    for number in range(ridges):
        nearness = (number + 1) / ridges
        level = height * (horizon - 0.04 + nearness * chance.uniform(0.24, 0.36))
        relief = height * (0.05 + 0.06 * nearness)
        crest = ridge_crest(chance, width, level, relief, nearness)
        body = colour_ground(texture, blend_colours(mood.far, mood.near, nearness**1.3), nearness)
        picture = mask_below(crest, height).ifthenelse(body, picture, blend=True)
    if chance.random() < 0.5:
        picture = add_lake(chance, picture.copy_memory(), mood)
    grain = pyvips.Image.gaussnoise(width, height // 2, mean=0, sigma=3, seed=chance.randrange(1 << 30))
    grain = grain.join(grain.fliphor(), "vertical")
    return (picture + grain).cast("uchar").copy(interpretation="srgb").copy_memory()


def draw_sky(chance: random.Random, mood: Mood, width: int, height: int, horizon: float) -> pyvips.Image:
    """A gradient with a light in it, and clouds. All of it is soft, so that a quarter of the pixels is enough."""
    small_width, small_height = width // 2 + 1, height // 2 + 1
    place = pyvips.Image.xyz(small_width, small_height)
    down = clamp_unit(place[1] / (small_height * horizon))
    picture = mix_colours(mood.top, mood.horizon, down * down * 0.4 + down * 0.6)
    x, y = small_width * chance.uniform(0.15, 0.85), small_height * horizon * chance.uniform(0.25, 0.85)
    distance = ((place[0] - x) ** 2 + (place[1] - y) ** 2) ** 0.5
    size = min(small_width, small_height) * chance.uniform(0.025, 0.04)
    glow = (distance * (-1 / (size * 4))).exp() * 0.6
    disc = clamp_unit((distance * -1 + size) / (size * 0.12) + 0.5)
    picture = overlay_colour(picture, mood.light, clamp_unit(glow + disc))
    covered = chance.uniform(0.45, 0.6)
    clouds = clamp_unit((cloud_noise(chance, small_width, small_height) - covered) * 2.4) * 0.85
    picture = overlay_colour(picture, mood.cloud, clouds * clamp_unit(down * -1 + 1.15))
    return picture.cast("uchar").resize(2, kernel="linear").crop(0, 0, width, height)


def cloud_noise(chance: random.Random, width: int, height: int) -> pyvips.Image:
    """Soft noise around 0.5, in blobs that are wider than high."""
    wide, high = width // 4 + 1, height // 2 + 1
    total = pyvips.Image.black(wide, high)
    for octave in range(5):
        cell = max(3, int(min(wide, high) / 2.2 ** (octave + 0.6)))
        noise = pyvips.Image.perlin(wide, high, cell_size=cell, seed=chance.randrange(1 << 30))
        total = total + noise * 0.55**octave
    return total.linear(0.5, 0.5).resize(4, vscale=2, kernel="linear").crop(0, 0, width, height)


def ridge_crest(chance: random.Random, width: int, level: float, relief: float, nearness: float) -> pyvips.Image:
    """One row of heights: waves of ever shorter length and lower height, and trees on what is near."""
    waves = [(chance.uniform(0.7, 1.6) * 2**octave, chance.uniform(0, 6.3), 0.52**octave) for octave in range(8)]
    tall = relief * 0.16 if nearness > 0.6 and chance.random() < 0.7 else 0.0
    heights = array.array("f")
    tree = 0.0
    for x in range(width):
        along = x / width * 2 * math.pi
        wave = sum(size * math.sin(speed * along + phase) for speed, phase, size in waves)
        tree = chance.random() * tall if x % 5 == 0 else tree * 0.75
        heights.append(level - relief * wave - tree)
    return pyvips.Image.new_from_memory(heights.tobytes(), width, 1, 1, "float")


def mask_below(crest: pyvips.Image, height: int) -> pyvips.Image:
    """A mask: 0 above the crest, 255 below it, with a smooth edge."""
    down = pyvips.Image.xyz(crest.width, height)[1]
    return (down - crest.embed(0, 0, crest.width, height, extend="copy")).linear(255, 128, uchar=True)


def rough_texture(chance: random.Random, width: int, height: int) -> pyvips.Image:
    """Noise around 128, like woods and rock seen from afar."""
    wide, high = width // 2 + 1, height // 2 + 1
    noise = pyvips.Image.perlin(wide, high, cell_size=max(4, wide // 40), seed=chance.randrange(1 << 30))
    bumps = pyvips.Image.perlin(wide, high, cell_size=max(4, wide // 160), seed=chance.randrange(1 << 30))
    fine = pyvips.Image.gaussnoise(wide, high, mean=0, sigma=0.5, seed=chance.randrange(1 << 30))
    shades = (noise + bumps * 0.7 + fine).linear(60, 128, uchar=True)
    return shades.resize(2, kernel="linear").crop(0, 0, width, height).copy_memory()


def colour_ground(texture: pyvips.Image, colour: Colour, nearness: float) -> pyvips.Image:
    """Woods and rock in one colour: smooth in the distance, rough near by."""
    contrast = 0.03 + 0.17 * nearness
    return texture.linear([contrast] * 3, [part - 128 * contrast for part in colour], uchar=True)


def add_lake(chance: random.Random, picture: pyvips.Image, mood: Mood) -> pyvips.Image:
    """The lower part of the picture becomes water that mirrors the part above it."""
    width, height = picture.width, picture.height
    shore = round(height * chance.uniform(0.72, 0.82))
    depth = height - shore
    mirror = picture.crop(0, shore - depth, width, depth).flipver()
    mirror = mirror.shrink(4, 1).resize(4, vscale=1, kernel="linear").embed(0, 0, width, depth, extend="copy")
    ripples = pyvips.Image.gaussnoise(width // 24 + 2, depth, mean=0, sigma=5, seed=chance.randrange(1 << 30))
    ripples = ripples.resize(24, vscale=1, kernel="linear").crop(0, 0, width, depth)
    water = mirror.linear([0.8] * 3, [part * 0.13 for part in mood.horizon]) + ripples
    return picture.insert(water.cast("uchar"), 0, shore)


def clamp_unit(image: pyvips.Image) -> pyvips.Image:
    return image.clamp(min=0, max=1)


def mix_colours(first: Colour, second: Colour, share: pyvips.Image) -> pyvips.Image:
    """A gradient from the first colour, where the share is 0, to the second, where it is 1."""
    return share.linear([b - a for a, b in zip(first, second, strict=True)], list(first))


def overlay_colour(picture: pyvips.Image, colour: Colour, share: pyvips.Image) -> pyvips.Image:
    return picture * (share * -1 + 1) + share.linear(list(colour), [0, 0, 0])


def blend_colours(first: Colour, second: Colour, share: float) -> Colour:
    red, green, blue = (a + (b - a) * share for a, b in zip(first, second, strict=True))
    return red, green, blue


def add_exif(picture: pyvips.Image, n: int, orientation: int, chance: random.Random) -> pyvips.Image:
    """The picture with the metadata of a camera."""
    make, model = CAMERAS[n % len(CAMERAS)]
    capture_time = FIRST_CAPTURE + timedelta(days=n * 11, minutes=chance.randrange(600))
    when = capture_time.strftime("%Y:%m:%d %H:%M:%S")
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
