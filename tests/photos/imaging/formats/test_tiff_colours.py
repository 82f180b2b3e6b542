"""TIFFs whose numbers are neither grey nor RGB nor CMYK show the right colours, or are refused in words."""

import struct

import numpy as np
import pytest

from photos.imaging import pipeline
from photos.imaging.formats import FORMATS, Limits, Unreadable, probe
from photos.imaging.formats.metadata.ifd import SHORT, Tag, pack_directory
from tests.photos.imaging import pictures

WIDTH, HEIGHT = 96, 64
LAB = pictures.corners().colourspace("lab").numpy()
CIELAB, ICCLAB, YCBCR, INKS = 8, 9, 6, 5


def tiff(path, photometric, pixels, *, pages=1, **more):
    """A TIFF with these numbers, as no library here writes it; tags of short numbers by their number."""
    bits, samples = pixels.dtype.itemsize * 8, pixels.shape[2]
    content = bytearray(b"II*\0" + struct.pack("<I", 8))
    pixels_at = 8 + 4096 * pages
    for number in range(pages):
        tags = {256: [WIDTH], 257: [HEIGHT], 258: [bits] * samples, 259: [1], 262: [photometric], 277: [samples],
                278: [HEIGHT], 284: [1]} | {int(name[1:]): values for name, values in more.items()}  # fmt: skip
        directory = {tag: Tag(SHORT, len(values), struct.pack(f"<{len(values)}H", *values))
                     for tag, values in tags.items()}  # fmt: skip
        directory |= {273: Tag(4, 1, struct.pack("<I", pixels_at)), 279: Tag(4, 1, struct.pack("<I", pixels.nbytes))}
        values, start = bytearray(), len(content) + 2048

        def stored(value, start=start, values=values):
            values.extend(value + bytes(len(value) % 2))
            return start + len(values) - len(value) - len(value) % 2

        written = pack_directory(directory, "<", stored)
        after = 0 if number == pages - 1 else len(content) + 4096
        content += (written + struct.pack("<I", after)).ljust(2048, b"\0") + values.ljust(2048, b"\0")
    path.write_bytes(content + pixels.astype(pixels.dtype.newbyteorder("<")).tobytes())
    return path


def cielab8(lab=LAB):
    return (np.rint(lab * [2.55, 1, 1]).astype(int) & 255).astype(np.uint8)


def icclab(lab, bits):
    return np.rint(np.add(lab, [0, 128, 128]) * [2.55, 1, 1] * (1 if bits == 8 else 256)).astype(f"u{bits // 8}")


def ycbcr():
    red, green, blue = np.moveaxis(pictures.corners().numpy().astype(float), 2, 0)
    light = 0.299 * red + 0.587 * green + 0.114 * blue
    return np.rint(np.dstack([light, (blue - light) / 1.772 + 128, (red - light) / 1.402 + 128])).astype(np.uint8)


@pytest.mark.parametrize(
    ("photometric", "pixels", "more"),
    [
        (CIELAB, cielab8(), {}),
        (ICCLAB, icclab(LAB, 8), {}),
        (ICCLAB, icclab(LAB, 16), {}),
        (YCBCR, ycbcr(), {"t530": [1, 1]}),
    ],
    ids=["CIELAB", "ICCLAB", "ICCLAB of 16 bits", "YCbCr"],
)
def test_colours_that_are_not_rgb_look_right(tmp_path, photometric, pixels, more):
    source = tiff(tmp_path / "source", photometric, pixels, **more)

    made = pipeline.process(source, "tiff", [{"operation": "convert", "options": {"format": "png"}}], tmp_path, "out")

    shown = pictures.load(made.path)
    assert (shown.width, shown.height, shown.bands) == (WIDTH, HEIGHT, 3)
    assert shown.format == ("ushort" if pixels.itemsize == 2 else "uchar")
    assert abs(shown.colourspace("srgb").cast("int") - pictures.corners()).max() <= 3
    assert made.notes == ()


def test_transparency_of_lab_stays(tmp_path):
    seen = np.full((HEIGHT, WIDTH, 1), 77, np.uint8)
    source = tiff(tmp_path / "source", CIELAB, np.dstack([cielab8(), seen]), t338=[2])

    shown = FORMATS["tiff"].open(source)

    assert shown.bands == 4
    assert shown[3].min() == shown[3].max() == 77


def test_every_page_of_lab_is_counted_and_shown(tmp_path):
    source = tiff(tmp_path / "source", CIELAB, cielab8(), pages=3)

    made = pipeline.process(source, "tiff", [{"operation": "flip"}], tmp_path, "out")

    assert probe(source, Limits()).pages == probe(made.path, Limits()).pages == 3
    last = pictures.load(made.path, page=2)
    assert last(WIDTH - 4, 4) == pytest.approx(pictures.corners()(4, 4), abs=3)


@pytest.mark.parametrize(
    ("photometric", "pixels", "more"),
    [
        (YCBCR, ycbcr(), {}),
        (YCBCR, ycbcr(), {"t530": [2, 2]}),
        (YCBCR, ycbcr().astype(np.uint16), {"t530": [1, 1]}),
        (INKS, 255 - pictures.corners().numpy(), {"t332": [2]}),
        (CIELAB, cielab8()[:, :, :1], {}),
    ],
    ids=["YCbCr of unknown places", "YCbCr with few colours", "YCbCr of 16 bits", "three inks", "lightness alone"],
)
def test_colours_that_nobody_here_knows_are_refused_rather_than_shown_wrong(tmp_path, photometric, pixels, more):
    source = tiff(tmp_path / "source", photometric, pixels, **more)

    with pytest.raises(Unreadable, match="coded in a way that cannot be opened here"):
        probe(source, Limits())
