"""The same work without an engine: loops over files with libraries, and the programs that people pick instead."""

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

EDGE, QUALITY = 1600, 82  # what the product does when it is asked for nothing else
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
    """The shortest way from a JPEG to a smaller one."""
    thumbnail(source).jpegsave(str(target), Q=QUALITY)


def to_webp(source: Path, target: Path) -> None:
    """Smaller, as WebP."""
    thumbnail(source).webpsave(str(target.with_suffix(".webp")), Q=80)


def to_avif(source: Path, target: Path) -> None:
    """Smaller, as AVIF, with the effort that the product uses."""
    thumbnail(source).heifsave(str(target.with_suffix(".avif")), Q=60, compression="av1", effort=1)


def watermark(source: Path, target: Path) -> None:
    """Smaller, with a text in a corner."""
    picture = thumbnail(source)
    text = pyvips.Image.text(WATERMARK_TEXT, width=picture.width // 4, height=picture.height // 12)
    sheet = text.new_from_image([255, 255, 255]).copy(interpretation="srgb").bandjoin(text)
    placed = picture.composite2(sheet, "over", x=picture.width - text.width - 20, y=picture.height - text.height - 20)
    placed.flatten().jpegsave(str(target), Q=QUALITY)


def thumbnail(source: Path) -> pyvips.Image:
    """The picture, upright, in the size of a screen."""
    return pyvips.Image.thumbnail(str(source), EDGE, height=EDGE, size="down")


def resize_with_pillow(source: Path, target: Path) -> None:
    """The same with Pillow, decoding as little as it can."""
    with Image.open(source) as picture:
        picture.draft("RGB", (EDGE, EDGE))
        picture.thumbnail((EDGE, EDGE), reducing_gap=2.0)
        picture.save(target, quality=QUALITY)


def render_pages(source: Path, target: Path) -> None:
    """Each page of a PDF at its size on a screen, as JPEG."""
    document = pypdfium2.PdfDocument(source)
    for number in range(len(document)):
        page = document[number]
        page.render(scale=EDGE / max(page.get_size())).to_pil().save(
            target.with_suffix(f".{number}.jpg"), quality=QUALITY
        )
    document.close()


def classify(source: Path, _: Path) -> None:
    """One look at each photo by the network, and nothing else."""
    net = network()
    if net is None:
        raise RuntimeError("The extra `tags` is not installed.")
    pixels = pyvips.Image.thumbnail(str(source), INPUT_SIDE_PIXELS, height=INPUT_SIDE_PIXELS, size="force").numpy()
    net.probabilities(net.features(pixels[np.newaxis]))


def limit_threads() -> None:
    """What the product's workers do too: one thread a process, nothing kept."""
    pyvips.cache_set_max(0)
    pyvips.concurrency_set(1)


class Loop:
    """Processes that wait for files."""

    def __init__(self, pool: ProcessPoolExecutor) -> None:
        self.pool = pool

    def seconds(self, work: Work, sources: Sequence[Path], folder: Path) -> float:
        """How long the work on all the files takes."""
        began = time.monotonic()
        list(self.pool.map(run_one, repeat(work), sources, [folder / source.name for source in sources]))
        return time.monotonic() - began


def run_one(work: Work, source: Path, target: Path) -> None:
    """One file."""
    work(source, target)


@contextmanager
def process_loop(processes: int) -> Iterator[Loop]:
    """A pool of processes, which are fresh and have not inherited anything."""
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn"), initializer=limit_threads) as pool:
        yield Loop(pool)


def resize_commands(folder: Path) -> dict[str, list[str]]:
    """The commands that resize the files named after them into the folder, of those that are installed."""
    size = f"{EDGE}x{EDGE}>"
    found = {}
    if program := shutil.which(VIPS_PROGRAM):
        found["vipsthumbnail"] = [program, "--size", size, "-o", f"{folder}/%s.jpg[Q={QUALITY}]"]
    if (node := shutil.which("node")) and subprocess.run(
        [node, "-e", "require('sharp')"], capture_output=True, env=node_environment()
    ).returncode == 0:
        found["sharp"] = [node, "-e", SHARP_SCRIPT, str(folder), str(EDGE), str(QUALITY)]
    jpeg = ["-auto-orient", "-resize", size, "-quality", str(QUALITY), "-output-directory", str(folder)]
    if program := shutil.which("gm"):
        found["GraphicsMagick"] = [program, "mogrify", "-size", f"{EDGE}x{EDGE}", *jpeg]
    if program := find_image_magick():
        define = ["-define", f"jpeg:size={EDGE}x{EDGE}"]
        found["ImageMagick"] = [program, *define, "-path", str(folder), *jpeg[:-2]]
    return found


@cache
def node_environment() -> dict[str, str]:
    """The environment in which node finds what was installed for everybody."""
    npm = shutil.which("npm")
    told = subprocess.run([npm, "root", "-g"], capture_output=True, text=True).stdout.strip() if npm else ""
    return {"NODE_PATH": told} | os.environ


def find_image_magick() -> str | None:
    """Its `mogrify`, unless that belongs to somebody else."""
    program = shutil.which("mogrify")
    told = subprocess.run([program, "-version"], capture_output=True, text=True).stdout if program else ""
    return program if "ImageMagick" in told else None


def time_program(command: Sequence[str], sources: Sequence[Path], processes: int) -> float:
    """How long that many processes of a program take, each with its share of the files of one folder.

    Raises RuntimeError.
    """
    # Neighbours are of different sizes, so shares are dealt out in pairs.
    pairs = [sources[n : n + 2] for n in range(0, len(sources), 2)]
    shares = [[one.name for pair in pairs[n::processes] for one in pair] for n in range(processes)]
    one_thread = node_environment() | {"VIPS_CONCURRENCY": "1", "OMP_NUM_THREADS": "1", "MAGICK_THREAD_LIMIT": "1"}
    began = time.monotonic()
    running = [subprocess.Popen([*command, *share], env=one_thread, cwd=sources[0].parent) for share in shares if share]
    if any(one.wait() for one in running):
        raise RuntimeError(f"{command[0]} failed.")
    return time.monotonic() - began
