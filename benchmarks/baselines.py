"""Baselines: the same work in loops over libraries, and in other programs, without an engine."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from functools import cache
from itertools import repeat
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pypdfium2
import pyvips
from PIL import Image

from photos.classification.network import INPUT_SIDE_PIXELS
from photos.classification.tags import network

EDGE, QUALITY = 1600, 82  # the product's defaults
WATERMARK_TEXT = "© Stopbath"
VIPS_PROGRAM = "vipsthumbnail"
SHARP_SCRIPT = """
const sharp = require('sharp'); sharp.concurrency(1); sharp.cache(false);
const [folder, edge, quality, ...files] = process.argv.slice(1);
const inside = { fit: 'inside', withoutEnlargement: true };
(async () => { for (const file of files) await sharp(file).rotate().resize(+edge, +edge, inside)
  .jpeg({ quality: +quality }).toFile(folder + '/' + require('path').basename(file)); })();
"""

type Work = Callable[[Path, Path], None]


def resize(source: Path, target: Path) -> None:
    """Write a smaller JPEG of a JPEG."""
    thumbnail(source).jpegsave(str(target), Q=QUALITY)


def to_webp(source: Path, target: Path) -> None:
    """Write a smaller WebP of a JPEG."""
    thumbnail(source).webpsave(str(target.with_suffix(".webp")), Q=80)


def to_avif(source: Path, target: Path) -> None:
    """Write a smaller AVIF of a JPEG, with the effort that the product uses."""
    thumbnail(source).heifsave(str(target.with_suffix(".avif")), Q=60, compression="av1", effort=1)


def watermark(source: Path, target: Path) -> None:
    """Write a smaller JPEG with a text in a corner."""
    picture = thumbnail(source)
    text = pyvips.Image.text(WATERMARK_TEXT, width=picture.width // 4, height=picture.height // 12)
    mark = text.new_from_image([255, 255, 255]).copy(interpretation="srgb").bandjoin(text)
    placed = picture.composite2(mark, "over", x=picture.width - text.width - 20, y=picture.height - text.height - 20)
    placed.flatten().jpegsave(str(target), Q=QUALITY)


def thumbnail(source: Path) -> pyvips.Image:
    """The picture, upright, at most EDGE pixels long."""
    return pyvips.Image.thumbnail(str(source), EDGE, height=EDGE, size="down")


def resize_with_pillow(source: Path, target: Path) -> None:
    """Write a smaller JPEG with Pillow, which decodes at a reduced size."""
    with Image.open(source) as picture:
        picture.draft("RGB", (EDGE, EDGE))
        picture.thumbnail((EDGE, EDGE), reducing_gap=2.0)
        picture.save(target, quality=QUALITY)


def render_pages(source: Path, target: Path) -> None:
    """Write each page of a PDF as a JPEG, EDGE pixels long."""
    document = pypdfium2.PdfDocument(source)
    for number in range(len(document)):
        page = document[number]
        page.render(scale=EDGE / max(page.get_size())).to_pil().save(
            target.with_suffix(f".{number}.jpg"), quality=QUALITY
        )
    document.close()


def classify(source: Path, _: Path) -> None:
    """Classify a photo with the network alone. Raises RuntimeError without the extra `tags`."""
    net = network()
    if net is None:
        raise RuntimeError("The extra `tags` is not installed.")
    pixels = pyvips.Image.thumbnail(str(source), INPUT_SIDE_PIXELS, height=INPUT_SIDE_PIXELS, size="force").numpy()
    net.probabilities(net.features(pixels[np.newaxis]))


def limit_threads() -> None:
    """Use one thread and no cache in libvips, as the product's workers do."""
    pyvips.cache_set_max(0)
    pyvips.concurrency_set(1)


class Loop:
    """A pool of processes that run a function for each file."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self.pool = pool

    def seconds(self, work: Work, sources: Sequence[Path], folder: Path) -> float:
        """Seconds until the work on all files is done."""
        began = time.monotonic()
        list(self.pool.map(run_one, repeat(work), sources, [folder / source.name for source in sources]))
        return time.monotonic() - began


def run_one(work: Work, source: Path, target: Path) -> None:
    work(source, target)


@contextmanager
def process_loop(processes: int) -> Iterator[Loop]:
    """A pool of spawned processes, which inherit nothing from this one."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=limit_threads) as pool:
        yield Loop(pool)


def resize_commands(folder: Path) -> dict[str, list[str]]:
    """The installed programs that resize files into the folder: name → command, without the files."""
    size = f"{EDGE}x{EDGE}>"
    commands = {}
    if program := shutil.which(VIPS_PROGRAM):
        commands["vipsthumbnail"] = [program, "--size", size, "-o", f"{folder}/%s.jpg[Q={QUALITY}]"]
    if (node := shutil.which("node")) and subprocess.run(
        [node, "-e", "require('sharp')"], capture_output=True, env=node_environment()
    ).returncode == 0:
        commands["sharp"] = [node, "-e", SHARP_SCRIPT, str(folder), str(EDGE), str(QUALITY)]
    jpeg = ["-auto-orient", "-resize", size, "-quality", str(QUALITY), "-output-directory", str(folder)]
    if program := shutil.which("gm"):
        commands["GraphicsMagick"] = [program, "mogrify", "-size", f"{EDGE}x{EDGE}", *jpeg]
    if program := find_image_magick():
        define = ["-define", f"jpeg:size={EDGE}x{EDGE}"]
        commands["ImageMagick"] = [program, *define, "-path", str(folder), *jpeg[:-2]]
    return commands


@cache
def node_environment() -> dict[str, str]:
    """The environment in which node finds globally installed packages."""
    npm = shutil.which("npm")
    folder = subprocess.run([npm, "root", "-g"], capture_output=True, text=True).stdout.strip() if npm else ""
    return {"NODE_PATH": folder} | os.environ


def find_image_magick() -> str | None:
    """The path of ImageMagick's `mogrify`; None if it is missing or GraphicsMagick's."""
    program = shutil.which("mogrify")
    version = subprocess.run([program, "-version"], capture_output=True, text=True).stdout if program else ""
    return program if "ImageMagick" in version else None


def time_program(command: Sequence[str], sources: Sequence[Path], processes: int) -> float:
    """Seconds that `processes` processes of a program take for the files, divided among them.

    Raises RuntimeError.
    """
    # Neighbours differ in size, so each share is made of pairs.
    pairs = [sources[n : n + 2] for n in range(0, len(sources), 2)]
    shares = [[one.name for pair in pairs[n::processes] for one in pair] for n in range(processes)]
    one_thread = node_environment() | {"VIPS_CONCURRENCY": "1", "OMP_NUM_THREADS": "1", "MAGICK_THREAD_LIMIT": "1"}
    began = time.monotonic()
    running = [subprocess.Popen([*command, *share], env=one_thread, cwd=sources[0].parent) for share in shares if share]
    if any(one.wait() for one in running):
        raise RuntimeError(f"{command[0]} failed.")
    return time.monotonic() - began
