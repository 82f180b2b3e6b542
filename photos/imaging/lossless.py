"""Lossless outputs: only metadata changes, and the pixels stay as they are coded, bit for bit."""

import shutil
from dataclasses import replace
from pathlib import Path

import pyvips

from photos.imaging import gain_map
from photos.imaging.formats import Format, Saving
from photos.imaging.formats.colour import convert
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.rendering import Render

CHECK_SHRINK = 8  # times smaller, where that saves decoding: enough to see damage


def write(render: Render, saver: Format, saving: Saving, path: Path) -> tuple[int, int] | None:
    """Write the output without encoding its pixels anew; return width and height, or None where a step needs them.

    All pixels are decoded nevertheless, to detect damage. Raises pyvips.Error for a damaged file.
    """
    if render.format is not saver or not can_copy_pixels(render, saving):
        return None
    header = render.header
    if vips_fields.orientation(header) != 1 or (saver.holds_pages and vips_fields.number(header, "n-pages", 1) > 1):
        return None
    if has_same_metadata(header, saving):
        shutil.copyfile(render.source, path)
    elif not rewrite_metadata(header, render, saver, saving, path):
        return None
    if saving.limit is not None and path.stat().st_size > saving.limit.bytes:
        return None
    # After the copy: a copy alone would take a damaged file for a good one.
    check_decodable(render)
    return header.width, header.height


def can_copy_pixels(render: Render, saving: Saving) -> bool:
    """Whether no step changes pixels or asks for an encoding."""
    beside = replace(saving, keep=None, without_place=False, rights=Saving(saving.format).rights, limit=None)
    steps_need_none = not any(step.operation.changes_pixels for step in render.steps)
    return steps_need_none and not render.format.is_drawn and beside == Saving(saving.format)


def has_same_metadata(header: pyvips.Image, saving: Saving) -> bool:
    """Whether the output's metadata are the original's, and none of them is wrong."""
    wrong = vips_fields.has(header, vips_fields.XMP) and vips_fields.XMP_ORIENTATION.search(
        bytes(header.get(vips_fields.XMP))
    )
    return saving.keep is None and not saving.without_place and not saving.rights and not wrong


def rewrite_metadata(header: pyvips.Image, render: Render, saver: Format, saving: Saving, path: Path) -> bool:
    """Write the file with other metadata beside its pixels; False where its format cannot do that."""
    loses_profile = saving.keep is not None and "profile" not in saving.keep
    if loses_profile and not convert.is_srgb_like(header):
        return False
    if saving.without_place and saving.keep is None and gain_map.has_gain_map(saver, render.source):
        return False  # the gain map is a JPEG of its own, which may hold the place, too
    about = saver.adapt(vips_fields.remove_outdated(header), saving)
    return saver.write_lossless(about, render.source, path, saving)


def check_decodable(render: Render) -> None:
    """Decode all frames, up to `CHECK_SHRINK` times smaller. Raises pyvips.Error for a damaged file."""
    every = {"n": -1} if render.format.holds_frames else {}
    header = render.header
    options = render.format.shrink_options(min(CHECK_SHRINK, header.width, header.height))  # a thin one keeps a pixel
    image = render.format.header(render.source, access="sequential", **options, **every)
    render.killer.watch(image).avg()
