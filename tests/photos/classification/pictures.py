"""Pictures made for a purpose, as files."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

import numpy as np
import pyvips
from font_roboto import Roboto
from PIL import Image, ImageDraw, ImageFont

from photos.classification.features import Features, extract_features
from photos.imaging.cancellation import never
from photos.imaging.formats import sniff
from photos.imaging.samples import make_sample

LINES = (
    "Dear Mrs Miller,",
    "thank you for your order of the third of May.",
    "The invoice amounts to 148 euros and is payable",
    "within thirty days from the date of delivery.",
    "Please state the number of the invoice with your",
    "payment. We hope to see you again in our shop.",
    "Yours sincerely, the gardening company",
)


def looked_at(path: Path) -> Features:
    """The file, opened as a classifier opens it."""
    return extract_features(path, sniff(path), never)


def landscape(path: Path, number: int = 1) -> Path:
    """A photo-like JPEG of half a megapixel."""
    path.write_bytes(sample(number))
    return path


@cache
def sample(number: int) -> bytes:
    """Made once in a run of tests."""
    with NamedTemporaryFile(suffix=".jpg") as file:
        make_sample(number, Path(file.name), megapixels=0.6)
        return Path(file.name).read_bytes()


def page(path: Path, lines: Sequence[str] = LINES, width: int = 1240, height: int = 1754, size: int = 40) -> Path:
    """A page with printed text."""
    image = Image.new("L", (width, height), 250)
    draw = ImageDraw.Draw(image)
    font = ImageFont.truetype(Roboto, size)
    for number, line in enumerate(lines):
        draw.text((width * 0.1, height * 0.1 + number * size * 1.6), line, fill=20, font=font)
    image.save(path)
    return path


def chart(path: Path) -> Path:
    """A drawing: some even shapes in strong colours."""
    image = Image.new("RGB", (900, 600), (250, 250, 240))
    draw = ImageDraw.Draw(image)
    for number, colour in enumerate(("crimson", "royalblue", "seagreen", "orange", "purple")):
        draw.rectangle((60 + number * 160, 560 - number * 110, 190 + number * 160, 560), fill=colour)
    image.save(path)
    return path


def flat(path: Path, shade: int = 240, noise: float = 0) -> Path:
    """A page with nothing on it."""
    chance = np.random.default_rng(1)
    pixels = np.clip(chance.normal(shade, noise, (800, 600)), 0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def blurred(path: Path, source: Path, radius: float = 12) -> Path:
    """The picture out of focus."""
    pyvips.Image.new_from_file(str(source)).gaussblur(radius).write_to_file(str(path))
    return path
