"""Ultra HDR: a JPEG with a gain map, a second, small picture of how much brighter each part is on HDR screens.

The gain map fits the picture as long as all of it is shown (ISO 21496-1: it is stretched to the picture's size), so it
can be kept through every step that neither cuts the picture nor changes its colours.
"""

from collections.abc import Sequence
from pathlib import Path

import pyvips

from photos.imaging.formats import Format, Saving, upright_size
from photos.imaging.formats.jpeg import segments
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.operations import Step
from photos.imaging.rendering import Render

HEADER_BYTES = 256 * 1024  # from the start, in which the markers stand
MARKERS = (b"hdrgm:Version", b"urn:iso:std:iso:ts:21496:-1")
GAIN_MAP_FIELD = "gainmap-data"
GAIN_MAP_QUALITY = 90
PARAMETER_FIELDS = {
    f"gainmap-{name}"
    for name in (
        "max-content-boost",
        "min-content-boost",
        "gamma",
        "offset-sdr",
        "offset-hdr",
        "hdr-capacity-min",
        "hdr-capacity-max",
        "use-base-cg",
    )
}


def has_gain_map(format: Format, path: Path) -> bool:
    """Whether a file is an Ultra HDR picture, by the markers in its metadata."""
    if format.name != "jpeg":
        return False
    with path.open("rb") as file:
        start = file.read(HEADER_BYTES)
    return any(sign in start for sign in MARKERS)


def can_keep_gain_map(render: Render, saver: Format, saving: Saving) -> bool:
    """Whether the output can keep its original's gain map."""
    return saver is render.format and saving.keep is None and has_only_scalings(render)


def has_only_scalings(render: Render) -> bool:
    """Whether the steps only scale, without cropping or changing colours."""
    header = render.header
    size = upright_size(header.width, header.height, vips_fields.orientation(header))
    for step in pixel_steps(render.steps):
        scaling = step.operation.scaling(*size, step.options)
        if scaling is None or scaling.cut not in (None, (scaling.width, scaling.height)):
            return False
        size = scaling.size
    return True


def pixel_steps(steps: Sequence[Step]) -> list[Step]:
    return [step for step in steps if step.operation.changes_pixels]


def attach_gain_map(picture: pyvips.Image, render: Render) -> pyvips.Image:
    """The picture with its file's gain map, turned upright; unchanged if libultrahdr finds none."""
    try:
        source = pyvips.Image.uhdrload(str(render.source))
        data = turn_upright(source.get(GAIN_MAP_FIELD), vips_fields.orientation(render.header))
    except pyvips.Error:
        return picture
    picture = vips_fields.set_fields(
        picture, source, [name for name in vips_fields.field_names(source) if name in PARAMETER_FIELDS]
    )
    picture.set_type(pyvips.GValue.blob_type, GAIN_MAP_FIELD, data)
    return picture


def turn_upright(data: bytes, orientation: int) -> bytes:
    """The gain map's JPEG turned upright and without its own metadata, which may hold the place."""
    if orientation == 1:
        return segments.strip_metadata(data)
    image = pyvips.Image.jpegload_buffer(data, fail_on="error").copy()
    image.set_type(pyvips.GValue.gint_type, "orientation", orientation)
    upright: bytes = image.copy_memory().autorot().jpegsave_buffer(Q=GAIN_MAP_QUALITY, keep="none")
    return upright
