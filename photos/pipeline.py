"""A picture through its steps: decoded once, encoded once, and written whole or not at all."""

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips

from photos.formats import FORMATS, Format, Saving, Unreadable, format_of, metadata, plainly, sniff
from photos.formats.tiff_pages import TiffWriter
from photos.operations import Step, operation, parse_steps
from photos.rendering import Killer, Render

type Aborting = Callable[[Callable[[], None]], AbstractContextManager[Any]]
type Steps = Sequence[Step | dict[str, Any]]

MEGAPIXELS_OF_A_RESULT = 500
SCREEN_QUALITY = 82
THUMBNAIL_QUALITY = 78


class Aborted(Exception):
    """The work was stopped from outside; nothing was written."""


@dataclass(frozen=True)
class Made:
    """An output: where it is and what it is."""

    path: Path
    format: str
    width: int
    height: int
    size: int


def never(stop: Callable[[], None]) -> AbstractContextManager[None]:
    """An `aborting` for work that nobody stops."""
    return nullcontext()


def process(
    source: Path, format: str, steps: Steps, target_folder: Path, stem: str, aborting: Aborting = never
) -> Made:
    """Take a file through the steps into a new file `stem` with its format's extension, whole or not at all.

    Raises Unreadable, StepsWrong or Aborted. `aborting(callback)` is a context manager; while it is open, the
    callback stops the work from another thread.
    """
    if not source.exists():
        raise Unreadable("The original is missing")
    parsed = parse_steps(steps)
    saving = how_to_save(format, parsed)
    saver = FORMATS[saving.format]
    final = target_folder / f"{stem}.{saver.extension}"
    with stoppable(aborting) as killer, written_aside(final) as aside:
        render = Render(source, format_of(format), parsed, killer)
        width, height = written(render, saver, saving, aside)
    return Made(final, saver.name, width, height, final.stat().st_size)


def thumbnail(source: Path, target: Path, size: int = 480) -> None:
    """Write a small upright picture in sRGB without metadata: WebP for a target named .webp, else JPEG."""
    saver = FORMATS["webp" if target.suffix == ".webp" else "jpeg"]
    saving = Saving(saver.name, THUMBNAIL_QUALITY, keep=frozenset())
    with stoppable(never) as killer, written_aside(target) as aside:
        picture = Render(source, format_of(sniff(source)), [fit_inside(size)], killer).page()
        saver.save(saver.fitting(picture, saving), aside, saving)


def preview(source: Path, format: str, steps: Steps, size: int = 1600) -> bytes:
    """The picture as the steps make it, at most `size` pixels a side, as JPEG in sRGB without metadata."""
    jpeg = FORMATS["jpeg"]
    with stoppable(never) as killer:
        picture = Render(source, format_of(format), [*parse_steps(steps), fit_inside(size)], killer).page()
        fitting = jpeg.fitting(picture, Saving(jpeg.name, keep=frozenset()))
        data: bytes = fitting.jpegsave_buffer(Q=SCREEN_QUALITY)
        return data


def fit_inside(size: int) -> Step:
    """The step that makes a picture at most `size` pixels long and wide."""
    resize = operation("resize")
    return Step(resize, resize.Options({"longest_edge": size}))


def how_to_save(format: str, steps: Sequence[Step]) -> Saving:
    """How the output is written: in the source's format (HEIC as JPEG) unless a step says otherwise."""
    source = format_of(format)
    saving = Saving(source.written_as or source.name)
    for step in steps:
        saving = step.operation.saving(saving, step.options)
    return saving


def written(render: Render, saver: Format, saving: Saving, path: Path) -> tuple[int, int]:
    """Write all pages or frames that the format can hold, else the first; width and height of the first."""
    count = render.count()
    if count > 1 and render.format.holds_frames and saver.holds_frames:
        return saved(render.frames(), render, saver, saving, path)
    if count > 1 and render.format.holds_pages and saver.holds_pages:
        return saved_pages(render, count, saver, saving, path)
    return saved(metadata.removed(render.page(), metadata.OF_FRAMES), render, saver, saving, path)


def saved(picture: pyvips.Image, render: Render, saver: Format, saving: Saving, path: Path) -> tuple[int, int]:
    """Write one picture, or one roll of frames; width and height of the picture or frame."""
    width, height = picture.width, metadata.number(picture, "page-height", picture.height)
    saver.check_size(width, height)
    megapixels = width * height / 1e6
    if megapixels > MEGAPIXELS_OF_A_RESULT:
        raise Unreadable(f"The result would have {megapixels:,.0f} megapixels; the limit is {MEGAPIXELS_OF_A_RESULT}")
    saver.save(render.killer.watch(saver.fitting(picture, saving)), path, saving)
    return width, height


def saved_pages(render: Render, count: int, saver: Format, saving: Saving, path: Path) -> tuple[int, int]:
    """Write a file of several pages, one page at a time; width and height of the first."""
    sizes = []
    single = path.with_suffix(".page")
    try:
        with path.open("w+b") as file:
            writer = TiffWriter(file, count)
            for number in range(count):
                sizes.append(saved(render.page(number), render, saver, saving, single))
                writer.add(single)
    finally:
        single.unlink(missing_ok=True)
    return sizes[0]


@contextmanager
def stoppable(aborting: Aborting) -> Iterator[Killer]:
    """Inside, the work ends with Aborted when it is stopped, and with Unreadable when the file is at fault."""
    killer = Killer()
    try:
        with plainly(), aborting(killer.stop):
            yield killer
    except Unreadable as error:
        if killer.stopped:
            raise Aborted from error
        raise


@contextmanager
def written_aside(final: Path) -> Iterator[Path]:
    """A path to write to; at the end it becomes the final file, whole and on the disk; after an error nothing."""
    aside = final.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield aside
        synced(aside)
        aside.replace(final)  # the name may be lost in a power cut, the bytes behind a name never
    finally:
        aside.unlink(missing_ok=True)


def synced(path: Path) -> None:
    """Wait until a file's bytes are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
