"""Previews of steps: applied to a smaller copy of the picture, so that the next preview is quick."""

from collections.abc import Sequence
from pathlib import Path

import pyvips

from photos.imaging.atomic_file import write_atomically
from photos.imaging.cancellation import Killer, never, stoppable
from photos.imaging.formats import FORMATS, Saving, format_of, upright_size
from photos.imaging.formats.bounds import check_step
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.formats.tiff.format import Tiff
from photos.imaging.operations import Scaling, Step, parse_steps
from photos.imaging.pipeline import Steps, fit_inside
from photos.imaging.rendering import Render, scale_step

COPY_EDGE_PIXELS = 2048  # pixels of the longest edge: a crop of three quarters still fills a screen
SCREEN_EDGE_PIXELS = 1600  # pixels of the longest edge
PREVIEW_QUALITY = 82
TIFF = Tiff()


def render_preview(
    source: Path, format: str, steps: Steps, copy: Path | None = None, size: int = SCREEN_EDGE_PIXELS, page: int = 0
) -> bytes:
    """A page, counted from 0, after the steps: at most `size` pixels a side, as JPEG in sRGB without metadata.

    For a large picture a smaller TIFF at `copy` is used, and written first if it is missing. Raises Unreadable.
    """
    jpeg = FORMATS["jpeg"]
    with stoppable(never) as killer:
        render = Render(source, format_of(format), [*parse_steps(steps), fit_inside(size)], killer)
        picture = render.page(page) if copy is None else render_from_copy(render, page, copy)
        data: bytes = jpeg.adapt(picture, Saving(jpeg.name, keep=frozenset())).jpegsave_buffer(Q=PREVIEW_QUALITY)
        return data


def render_from_copy(render: Render, page: int, copy: Path) -> pyvips.Image:
    """A page after the steps; they are applied to its smaller copy if the page is large."""
    header = render.header_of(page)
    size = upright_size(header.width, header.height, vips_fields.orientation(header))
    if max(size) <= COPY_EDGE_PIXELS:
        return render.page(page)
    if not copy.exists():
        write_copy(render, page, copy)
    return apply_to_copy(render.steps, TIFF.open(copy, access="sequential"), size, render.killer)


def write_copy(render: Render, page: int, copy: Path) -> None:
    """Write the smaller page with all its metadata, uncompressed, because that is read fastest."""
    small = Render(render.source, render.format, [fit_inside(COPY_EDGE_PIXELS)], render.killer).page(page)
    with write_atomically(copy) as temporary:
        TIFF.save_quickly(render.killer.watch(small), temporary)


def apply_to_copy(steps: Sequence[Step], image: pyvips.Image, size: tuple[int, int], killer: Killer) -> pyvips.Image:
    """A smaller copy after the steps, with the proportions that they give to a picture of that size."""
    for step in steps:
        scaling = step.operation.scaling(*size, step.options)
        if scaling is not None:
            check_step(size, (scaling.width, scaling.height))
            image, size = scale_copy(scaling, image), scaling.size
            continue
        factor = image.width / size[0]
        copy_step = scale_step(step, factor)
        if copy_step.operation.needs_all_pixels(copy_step.options):
            image = killer.hold(image)
        resolved = copy_step.operation.resolve(image, copy_step.options)
        image = resolved.operation.apply(image, resolved.options)
        result_size = round(image.width / factor), round(image.height / factor)
        check_step(size, result_size)
        size = result_size
    return image


def scale_copy(scaling: Scaling, image: pyvips.Image) -> pyvips.Image:
    """A copy after the picture's scaling: with the result's size, or with its proportions if the copy is too small."""
    factor = min(1.0, image.width / scaling.width, image.height / scaling.height)

    def smaller(*sides: int) -> tuple[int, int]:
        width, height = (max(1, round(side * factor)) for side in sides)
        return width, height

    return Scaling(*smaller(scaling.width, scaling.height), cut=smaller(*scaling.size)).apply(image)
