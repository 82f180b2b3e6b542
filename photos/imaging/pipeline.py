"""Processes a file by steps: decoded once, encoded once, and written atomically."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import pyvips

from photos.imaging import byte_limit, gain_map, lossless
from photos.imaging.atomic_file import write_atomically
from photos.imaging.cancellation import Aborting, never, stoppable
from photos.imaging.formats import FORMATS, Format, Limits, Probe, Saving, Unreadable, format_of, probe, sniff
from photos.imaging.formats.bounds import check_result
from photos.imaging.formats.colour import convert
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.formats.pdf import info
from photos.imaging.formats.pdf import lossless as pdf_lossless
from photos.imaging.formats.pdf import words as pdf_words
from photos.imaging.ocr.reading import ENGLISH, OcrLanguages
from photos.imaging.ocr.text_layer import add_text_layer
from photos.imaging.operations import Step, get_operation, parse_steps
from photos.imaging.pages import has_stable_positions, make_page_files, page_folder, rotation_only
from photos.imaging.rendering import Render

type Steps = Sequence[Step | dict[str, Any]]

THUMBNAIL_QUALITY = 78
PAGES_BECOME_PICTURES = "Text and links of PDFs become pictures"
PAGES_KEEP_WORDS = "Pages of PDFs become pictures: their text can still be searched and copied, links are lost"
A4_PIXELS = 1654, 2339  # pixels: A4 at 200 dpi
FIRST_PAGE_ONLY = "{} holds one page: of a PDF the first is taken"


@dataclass(frozen=True)
class OutputFile:
    """A written output: path, format, size in pixels and bytes, and notes for people."""

    path: Path
    format: str
    width: int
    height: int
    size: int
    notes: tuple[str, ...] = ()  # what a person should know about it, a sentence each


@dataclass(frozen=True)
class Inspection:
    """The result of inspecting an uploaded file: the probe of its header, and its main colour as #rrggbb."""

    probe: Probe
    colour: str  # #rrggbb


def process(
    source: Path,
    format: str,
    steps: Steps,
    target_folder: Path,
    stem: str,
    aborting: Aborting = never,
    pages: Path | None = None,
    languages: OcrLanguages = ENGLISH,
    durable: bool = True,
) -> OutputFile:
    """Process `source` by the steps into the new file `stem`, with its format's extension, in `target_folder`.

    Raises Unreadable, InvalidSteps, or Aborted after a stop. Pages that are finished then stay in the folder `pages`;
    another call with this folder, the same source and the same steps makes the missing ones only. `languages` are those
    of text recognition, for steps that ask for it. With `durable` False the output's bytes may not be on the disk yet:
    the caller must call `atomic_file.sync` before the output counts.
    """
    if not source.exists():
        raise Unreadable("The original is missing")
    parsed_steps = parse_steps(steps)
    saving = resolve_saving(format, parsed_steps)
    saver = FORMATS[saving.format]
    final = target_folder / f"{stem}.{saver.extension}"
    with stoppable(aborting) as killer, write_atomically(final, durable) as temporary:
        render = Render(source, format_of(format), parsed_steps, killer)

        def output(saving: Saving) -> tuple[int, int, tuple[str, ...]]:
            # The pixels as they are coded, if no step needs them: no generation is lost.
            size = lossless.write(render, saver, saving, temporary)
            width, height = size or write_output(render, saver, saving, temporary, pages)
            notes = tuple(output_notes(render, saver, saving, temporary, bool(size)))
            words = tuple(add_text_layer(temporary, languages, aborting, killer)) if saving.text else ()
            return width, height, notes + words

        width, height, notes = byte_limit.keep_within(saving, temporary, output)
    return OutputFile(final, saver.name, width, height, final.stat().st_size, notes)


def inspect_file(source: Path, limits: Limits, target: Path) -> Inspection:
    """Probe a new file, decode the picture completely, and write a thumbnail to `target`.

    Raises Unreadable for a file that is no picture, is damaged or exceeds the limits.
    """
    return Inspection(probe(source, limits), write_thumbnail(source, target))


def write_thumbnail(source: Path, target: Path, size: int = 480) -> str:
    """Write an upright copy in sRGB without metadata, at most `size` pixels a side; return its main colour, #rrggbb.

    The format is WebP for a target named .webp, else JPEG. Raises Unreadable.
    """
    saver = FORMATS["webp" if target.suffix == ".webp" else "jpeg"]
    saving = Saving(saver.name, THUMBNAIL_QUALITY, keep=frozenset())
    with stoppable(never) as killer, write_atomically(target) as temporary:
        picture = Render(source, format_of(sniff(source)), [fit_inside(size)], killer).page()
        small = saver.adapt(picture, saving).copy_memory()
        saver.save(small, temporary, saving)
    return convert.main_colour(small)


def fit_inside(size: int) -> Step:
    """The step that makes a picture at most `size` pixels long and wide, and never enlarges it."""
    resize = get_operation("resize")
    return Step(resize, resize.Options.parse({"longest_edge": size}))


def resolve_saving(format: str, steps: Sequence[Step]) -> Saving:
    """The output's format and encoding options: those of the source (HEIC becomes JPEG) unless a step sets others."""
    source = format_of(format)
    saving = Saving(source.written_as or source.name)
    for step in steps:
        saving = step.operation.saving(saving, step.options)
    return saving


def write_output(render: Render, saver: Format, saving: Saving, path: Path, pages: Path | None) -> tuple[int, int]:
    """Write all pages or frames that the output format can hold, else the first.

    Returns width and height of the first.
    """
    count = render.page_count()
    if can_keep_pages(render.format, render.steps, saving):
        size = rewrite_pages(render, saving, path)
        if saving.limit is None or path.stat().st_size <= saving.limit.bytes:
            return size
    if count > 1 and render.format.holds_frames and saver.holds_frames:
        return save_picture(render.frames(), render, saver, saving, path)
    if (count > 1 or render.format.is_drawn) and render.format.holds_pages and saver.holds_pages:
        return save_pages(render, count, saver, saving, path, pages)
    picture = vips_fields.remove_fields(render.page(), vips_fields.FRAME_FIELDS)
    if gain_map.has_gain_map(render.format, render.source) and gain_map.can_keep_gain_map(render, saver, saving):
        picture = gain_map.attach_gain_map(picture, render)
    return save_picture(picture, render, saver, saving, path)


def save_picture(picture: pyvips.Image, render: Render, saver: Format, saving: Saving, path: Path) -> tuple[int, int]:
    """Encode one picture, or one animation strip; return width and height of the picture or of a frame."""
    width, height = picture.width, vips_fields.number(picture, "page-height", picture.height)
    saver.check_size(width, height)
    check_result(picture.width, picture.height)
    fitting = saver.adapt(picture, saving)
    if saving.limit is not None:
        return byte_limit.save_within(fitting, saver, path, saving, saving.limit, render.killer)
    saver.save(render.killer.watch(fitting), path, saving)
    return width, height


def save_pages(
    render: Render, count: int, saver: Format, saving: Saving, path: Path, pages: Path | None
) -> tuple[int, int]:
    """Write a file of several pages, one page at a time; return width and height of the first."""

    def make(number: int, file: Path) -> None:
        # XMP of a later page would be lost at the joining, but would count for the limit before.
        silent = [vips_fields.XMP] if number and not saver.pages_hold_metadata else []
        with write_atomically(file) as temporary:
            picture = vips_fields.remove_fields(render.page(number), [*vips_fields.FRAME_FIELDS, *silent])
            save_picture(picture, render, saver, saving, temporary)
            if can_keep_text(render, saver, saving, number):
                pdf_words.copy_words(render.source, number, temporary)

    source = render.source if render.format is saver else None
    around = saver.overhead_bytes(source, count, saving)
    # A page's share of the limit: pages are written one by one, before the size of the complete file is known.
    saving = replace(saving, limit=saving.limit and saving.limit.per_page(count, around))
    with page_folder(pages or path.with_suffix(".pages"), render.killer, keep=pages is not None) as folder:
        files = make_page_files(folder, count, make, render.killer)
        saver.join(files, path, saving, source, render.killer.check)
        first = saver.header(files[0])
    return first.width, first.height


def can_keep_text(render: Render, saver: Format, saving: Saving, number: int) -> bool:
    """Whether the words of a PDF page fit under its picture: its positions stay, and no limit of size applies."""
    if not (render.format.is_drawn and saver is render.format) or saving.limit is not None:
        return False
    header = render.format.header(render.source, page=number)
    return has_stable_positions(render.steps, (header.width, header.height))


def can_keep_pages(format: Format, steps: Sequence[Step], saving: Saving) -> bool:
    """Whether a PDF's pages are copied with their text and links, because the steps need no pixels.

    With a limit of file size they are copied if the copy is small enough.
    """
    unchanged = Saving(format.name)
    beside = replace(
        saving, keep=None, without_place=False, rights=unchanged.rights, limit=None, text=False, reencode=False
    )
    return format.is_drawn and beside == unchanged and rotation_only(steps) is not None


def rewrite_pages(render: Render, saving: Saving, path: Path) -> tuple[int, int]:
    """Write a PDF with its pages copied and turned; return width and height of the first in pixels."""
    blank = info.attach_info(render.header, render.source)
    about = render.format.adapt(blank, saving)
    pdf_lossless.rewrite(render.source, path, saving, rotation_only(render.steps) or 0, about)
    first = render.format.header(path)
    return first.width, first.height


def list_warnings(format: str, steps: Steps) -> list[str]:
    """Sentences that people should read before files of that format go through the steps."""
    parsed_steps, source = parse_steps(steps), format_of(format)
    saving = resolve_saving(format, parsed_steps)
    if not source.is_drawn or (can_keep_pages(source, parsed_steps, saving) and saving.limit is None):
        return []
    if saving.format == source.name and saving.limit is None and has_stable_positions(parsed_steps, A4_PIXELS):
        return [PAGES_KEEP_WORDS]
    if FORMATS[saving.format].holds_pages:
        return [PAGES_BECOME_PICTURES]
    return [FIRST_PAGE_ONLY.format(FORMATS[saving.format].label)]


def output_notes(render: Render, saver: Format, saving: Saving, output: Path, as_it_was: bool) -> Iterator[str]:
    """Sentences about an output; `as_it_was`: the encoded pixels were copied unchanged."""
    if render.format.is_drawn and saver.holds_pages:
        lost_content = render.format.non_pixel_content(render.source) - saver.non_pixel_content(output)
        if lost_content:
            yield f"{' and '.join(sorted(lost_content, reverse=True)).capitalize()} became pictures"
    yield from dict.fromkeys(filter(None, step_notes(render)))
    if can_keep_pages(render.format, render.steps, saving):
        return
    if gain_map.has_gain_map(render.format, render.source) and not gain_map.can_keep_gain_map(render, saver, saving):
        yield "The HDR gain map was left out"
    if not as_it_was:
        yield from losses(render, saver)


def step_notes(render: Render) -> Iterator[str]:
    """Yield each step's note about the picture whose header the steps before have changed."""
    header = render.header
    for step in render.steps:
        yield step.operation.note(header, step.options)
        header = header if step.operation.changes_pixels else step.operation.apply(header, step.options)


def losses(render: Render, saver: Format) -> Iterator[str]:
    """Yield a sentence for each loss that decoding and encoding the picture cause."""
    header = render.header
    count = vips_fields.number(header, "n-pages", 1)
    if count > 1 and render.format.holds_pages and not saver.holds_pages:
        yield f"Only the first of {count:,} pages: {saver.label} holds one"
    if count > 1 and render.format.holds_frames and not saver.holds_frames:
        yield f"Only the first of {count:,} frames: {saver.label} does not move"
    if not render.format.is_drawn:
        yield from render.format.losses_at_opening(render.source)
        pages = range(count if render.format.holds_pages and saver.holds_pages else 1)
        yield from dict.fromkeys(chain.from_iterable(saver.losses(render.header_of(number)) for number in pages))
