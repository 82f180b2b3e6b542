"""Colours of HEIC and AVIF that are given by code points instead of a profile (ITU-T H.273): wide gamut and HDR.

A wide space becomes a profile or sRGB; HDR is reduced to the brightness of paper, so that every screen shows it.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pi_heif
import pyvips

from photos.imaging.formats.colour import convert
from photos.imaging.formats.metadata import vips_fields

P3_PRIMARIES = 12
SRGB_LIKE_PRIMARIES = {0, 1, 2, 5, 6, 7}  # BT.709, BT.601 and "unspecified"
LINEAR, PQ, HLG = 8, 16, 18  # transfer characteristics
WHITE_NITS = 203  # BT.2408: the brightness of paper in an HDR picture
PQ_NITS, HLG_NITS = 10_000, 1000
HIGHLIGHT_KNEE = 0.75  # light up to here is unchanged; light above is compressed to below white
TABLE_SIZE = 65_536
PRIMARY_NAMES = ("red", "green", "blue", "white")
# CIE XYZ → linear sRGB, IEC 61966-2-1.
XYZ_TO_SRGB = (
    (3.2404542, -1.5371385, -0.4985314),
    (-0.9692660, 1.8760108, 0.0415560),
    (0.0556434, -0.2040259, 1.0572252),
)


def read_cicp(path: Path) -> dict[str, Any]:
    """The nclx colour information of the main picture; empty where there is none, or a profile instead."""
    try:
        file = pi_heif.open_heif(path.read_bytes(), convert_hdr_to_8bit=False)
        numbers: dict[str, Any] = file[file.primary_index].info.get("nclx_profile", {})
    except Exception:  # pi_heif raises anything; libvips opens the same file next, with a better sentence
        return {}
    return numbers


def apply_cicp(image: pyvips.Image, path: Path) -> pyvips.Image:
    """Attach a profile or convert to sRGB, where the code points of the file ask for it."""
    if vips_fields.has(image, vips_fields.PROFILE) or image.bands < 3:
        return image
    numbers = read_cicp(path)
    primaries, transfer = numbers.get("color_primaries", 0), numbers.get("transfer_characteristics", 0)
    if transfer in (LINEAR, PQ, HLG) or (primaries not in SRGB_LIKE_PRIMARIES and primaries != P3_PRIMARIES):
        return convert_to_srgb(image, numbers)
    if primaries == P3_PRIMARIES:
        image = image.copy()
        image.set_type(pyvips.GValue.blob_type, vips_fields.PROFILE, convert.bundled_profile("p3"))
    return image


def hdr_losses(path: Path) -> Iterator[str]:
    """The sentence on lost HDR, for a file that has it."""
    if read_cicp(path).get("transfer_characteristics") in (PQ, HLG):
        yield "HDR was converted to the brightness range of an ordinary screen"


def convert_to_srgb(image: pyvips.Image, numbers: dict[str, Any]) -> pyvips.Image:
    """Convert to sRGB of 16 bits a channel, tone-mapped where the transfer is PQ or HLG."""
    colours = image.extract_band(0, n=3)
    if colours.format == "uchar":
        colours = (colours * 257).cast("ushort")
    transfer = numbers["transfer_characteristics"]
    light = colours.maplut(light_table(transfer)).recomb(srgb_matrix(numbers))
    if transfer in (PQ, HLG):
        light = compress_highlights(light)
    plain = light.clamp().linear(TABLE_SIZE - 1, 0.5).cast("ushort").maplut(srgb_table()).copy(interpretation="rgb16")
    if image.bands == 3:
        return plain
    alpha = image.extract_band(3)
    return plain.bandjoin(alpha if alpha.format == "ushort" else (alpha * 257).cast("ushort"))


def light_table(transfer: int) -> pyvips.Image:
    """A table from code values of 16 bits to linear light, with paper white at 1."""
    codes = unit_ramp()
    if transfer == PQ:  # SMPTE ST 2084
        power = codes ** (32 / 2523)
        light = ((power - 0.8359375).clamp() / (power * -18.6875 + 18.8515625)) ** (8192 / 1305)
        return (light * (PQ_NITS / WHITE_NITS)).cast("float")
    if transfer == HLG:  # ITU-R BT.2100
        high = (((codes - 0.55991073) / 0.17883277).exp() + 0.28466892) / 12
        light = (codes > 0.5).ifthenelse(high, codes**2 / 3) ** 1.2
        return (light * (HLG_NITS / WHITE_NITS)).cast("float")
    if transfer == LINEAR:
        return codes.cast("float")
    curved = ((codes + 0.055) / 1.055) ** 2.4  # IEC 61966-2-1
    return (codes > 0.04045).ifthenelse(curved, codes / 12.92).cast("float")


def srgb_table() -> pyvips.Image:
    """A table from linear light to sRGB, both of 16 bits."""
    light = unit_ramp()
    codes = (light > 0.0031308).ifthenelse(light ** (1 / 2.4) * 1.055 - 0.055, light * 12.92)
    return codes.linear(TABLE_SIZE - 1, 0.5).cast("ushort")


def unit_ramp() -> pyvips.Image:
    return pyvips.Image.identity(ushort=True, size=TABLE_SIZE).linear(1 / (TABLE_SIZE - 1), 0).cast("double")


def srgb_matrix(numbers: dict[str, Any]) -> list[list[float]]:
    """The matrix from the picture's linear colours to linear sRGB. Both are taken to have the white point D65."""
    points = [(numbers[f"color_primary_{name}_x"], numbers[f"color_primary_{name}_y"]) for name in PRIMARY_NAMES]
    red, green, blue, white = ([x / y, 1, (1 - x - y) / y] for x, y in points)
    primaries = [list(row) for row in zip(red, green, blue, strict=True)]
    inverse = pyvips.Image.new_from_array(primaries).matrixinvert()
    shares = [sum(inverse(column, row)[0] * white[column] for column in range(3)) for row in range(3)]
    to_xyz = [[value * share for value, share in zip(row, shares, strict=True)] for row in primaries]
    return [[sum(XYZ_TO_SRGB[row][k] * to_xyz[k][column] for k in range(3)) for column in range(3)] for row in range(3)]


def compress_highlights(light: pyvips.Image) -> pyvips.Image:
    """Compress light above the knee to below white. All channels are scaled alike, so hues stay."""
    brightest = light[0]
    for band in (1, 2):
        brightest = (light[band] > brightest).ifthenelse(light[band], brightest)
    soft = ((brightest - HIGHLIGHT_KNEE) * (-1 / (1 - HIGHLIGHT_KNEE))).exp() * -(1 - HIGHLIGHT_KNEE) + 1
    return light * (brightest > HIGHLIGHT_KNEE).ifthenelse(soft / brightest, 1)
