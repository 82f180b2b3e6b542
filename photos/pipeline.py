"""A picture through its steps: decoded once, encoded once, computed strip by strip in between, and stoppable."""

import os
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyvips

from photos.formats import (
    FORMATS,
    Format,
    Saving,
    Unreadable,
    colour,
    format_of,
    metadata,
    plainly,
    sniff,
    upright_size,
)
from photos.operations import Scaling, Step, operation, parse_steps

type Aborting = Callable[[Callable[[], None]], AbstractContextManager[Any]]

MEGAPIXELS_OF_A_RESULT = 500
HELD_IN_MEMORY = 128 * 1024 * 1024  # bytes of pixels; what is larger is held in a temporary file
TURNED_IN_STRIPS = 2  # up to this EXIF orientation rows stay rows; beyond it all pixels must be there to turn them
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


class Killer:
    """Stops whatever is being computed, from any thread."""

    def __init__(self) -> None:
        self.stopped = False
        self.image: pyvips.Image | None = None

    def watch(self, image: pyvips.Image) -> pyvips.Image:
        """The image, which ends with an error as soon as stop is called; it may have been called already."""
        self.image = image
        if self.stopped:
            image.set_kill(True)
        return image

    def stop(self) -> None:
        """End the work."""
        self.stopped = True
        if self.image is not None:
            self.image.set_kill(True)

    def hold(self, image: pyvips.Image) -> pyvips.Image:
        """The image with all its pixels computed, so that they can be read in any order."""
        self.watch(image)
        if image.width * image.height * image.bands * (2 if image.format == "ushort" else 1) <= HELD_IN_MEMORY:
            return image.copy_memory()
        held = pyvips.Image.new_temp_file("%s.v")
        image.write(held)
        return held


def never(stop: Callable[[], None]) -> AbstractContextManager[None]:
    """An `aborting` for work that nobody stops."""
    return nullcontext()


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


def process(
    source: Path,
    format: str,
    steps: Sequence[Step | dict[str, Any]],
    target_folder: Path,
    stem: str,
    aborting: Aborting = never,
) -> Made:
    """Take a file through the steps into a new file `stem` with its format's extension, whole or not at all.

    Raises Unreadable, StepsWrong or Aborted. `aborting(callback)` is a context manager; while it is open, the
    callback stops the work from another thread.
    """
    parsed = parse_steps(steps)
    saving = how_to_save(format, parsed)
    target = FORMATS[saving.format]
    final = target_folder / f"{stem}.{target.extension}"
    with stoppable(aborting) as killer:
        pages = finished_pages(source, format_of(format), parsed, target, killer)
        picture = target.fitting(joined(pages), saving)
        with written_aside(final) as aside:
            target.save(killer.watch(picture), aside, saving)
    return Made(final, target.name, pages[0].width, pages[0].height, final.stat().st_size)


def thumbnail(source: Path, target: Path, size: int = 480) -> None:
    """Write a small upright picture in sRGB without metadata: WebP for a target named .webp, else JPEG."""
    format = FORMATS["webp" if target.suffix == ".webp" else "jpeg"]
    saving = Saving(format.name, THUMBNAIL_QUALITY, keep=frozenset())
    with stoppable(never) as killer, written_aside(target) as aside:
        picture = page(source, format_of(sniff(source)), [fit_inside(size)], killer)
        format.save(format.fitting(picture, saving), aside, saving)


def preview(source: Path, format: str, steps: Sequence[Step | dict[str, Any]], size: int = 1600) -> bytes:
    """The picture as the steps make it, at most `size` pixels a side, as JPEG in sRGB without metadata."""
    jpeg = FORMATS["jpeg"]
    with stoppable(never) as killer:
        picture = page(source, format_of(format), [*parse_steps(steps), fit_inside(size)], killer)
        fitting = jpeg.fitting(picture, Saving(jpeg.name, keep=frozenset()))
        data: bytes = fitting.jpegsave_buffer(Q=SCREEN_QUALITY)
        return data


def fit_inside(size: int) -> Step:
    """The step that makes a picture at most `size` pixels long and wide."""
    resize = operation("resize")
    return Step(resize, resize.Options({"longest_edge": size}))


def how_to_save(format: str, steps: Sequence[Step]) -> Saving:
    """How the output is written: in the source's format unless a step says otherwise."""
    saving = Saving(format_of(format).name)
    for step in steps:
        saving = step.operation.saving(saving, step.options)
    return saving


def finished_pages(
    source: Path, format: Format, steps: Sequence[Step], target: Format, killer: Killer
) -> list[pyvips.Image]:
    """The pages or frames that the target can hold, or else the first, after all steps."""
    keeps_all = (format.holds_frames and target.holds_frames) or (format.holds_pages and target.holds_pages)
    if keeps_all and metadata.number(format.open(source), "n-pages", 1) > 1:
        pages = [after(upright(part, killer), steps, killer) for part in parts(source, format, killer)]
    else:
        pages = [page(source, format, steps, killer)]
    for finished in pages:
        check_size(finished, target)
    return pages


def page(source: Path, format: Format, steps: Sequence[Step], killer: Killer) -> pyvips.Image:
    """The first or only page after all steps. Where the first that changes it is a scaling, less is decoded."""
    image = format.open(source, access="sequential")
    turn = metadata.orientation(image)
    size = upright_size(image.width, image.height, turn)
    first, rest = first_scaling(steps, size)
    if first is None:
        return after(upright(image, killer), rest, killer)
    shrink = first.shrink(*size)
    if format.shrinking(shrink) != format.shrinking(1):
        image = format.open(source, shrink, access="sequential")
    width, height = upright_size(first.width, first.height, turn)  # as it lies in the file
    scaled = upright(Scaling(width, height).of(image), killer)
    return after(first.of(scaled), rest, killer)


def first_scaling(steps: Sequence[Step], size: tuple[int, int]) -> tuple[Scaling | None, Sequence[Step]]:
    """The scaling that comes before all other changes to the pixels, if there is one, and the steps that remain."""
    for number, step in enumerate(steps):
        scaling = step.operation.scaling(*size, step.options)
        if scaling is not None:
            return scaling, steps[number + 1 :]
        if step.operation.changes_pixels:
            break
    return None, steps


def parts(source: Path, format: Format, killer: Killer) -> list[pyvips.Image]:
    """All pages of a file, or all frames of an animation, each a picture of its own."""
    try:
        roll = format.open(source, n=-1, access="sequential")
    except pyvips.Error as error:
        if "differs from page" in error.detail:
            raise Unreadable("The pages have different sizes and cannot be kept in one file yet") from error
        raise
    height = metadata.number(roll, "page-height", roll.height)
    if format.holds_frames or metadata.orientation(roll) > TURNED_IN_STRIPS:
        roll = killer.hold(roll)
    single = metadata.removed(roll, ["page-height"])
    return [single.crop(0, top, roll.width, height) for top in range(0, roll.height, height)]


def upright(image: pyvips.Image, killer: Killer) -> pyvips.Image:
    """The picture as it was seen, in plain colours."""
    if metadata.orientation(image) > TURNED_IN_STRIPS:
        image = killer.hold(image)
    return metadata.current(colour.plain(image.autorot()))


def after(image: pyvips.Image, steps: Sequence[Step], killer: Killer) -> pyvips.Image:
    """The upright picture after the steps."""
    for step in steps:
        if step.operation.reads_anywhere:
            image = killer.hold(image)
        image = step.operation.apply(image, step.options)
    return image


def check_size(image: pyvips.Image, target: Format) -> None:
    """Raise Unreadable for a result that the target cannot hold, or that is larger than anybody needs."""
    target.check_size(image.width, image.height)
    megapixels = image.width * image.height / 1e6
    if megapixels > MEGAPIXELS_OF_A_RESULT:
        raise Unreadable(f"The result would have {megapixels:,.0f} megapixels; the limit is {MEGAPIXELS_OF_A_RESULT}")


def joined(pages: Sequence[pyvips.Image]) -> pyvips.Image:
    """The pages one below the other, as libvips saves them; a single page as it is."""
    first = pages[0]
    if len(pages) == 1:
        return metadata.removed(first, ["page-height", "n-pages", "delay", "loop"])
    roll = pyvips.Image.arrayjoin(list(pages), across=1)
    roll.set_type(pyvips.GValue.gint_type, "page-height", first.height)
    return roll


@contextmanager
def written_aside(final: Path) -> Iterator[Path]:
    """A path to write to; at the end it becomes the final file, safely on the disk, and after an error nothing."""
    aside = final.with_name(f".{secrets.token_hex(8)}.part")
    try:
        yield aside
        synced(aside)
        aside.replace(final)
        synced(final.parent)
    finally:
        aside.unlink(missing_ok=True)


def synced(path: Path) -> None:
    """Wait until a file's bytes, or a folder's names, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
