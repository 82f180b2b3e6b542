"""Colours: every step sees grey or RGB, of 8 or 16 bits, with or without transparency."""

import pyvips

from photos.formats import metadata

PLAIN = {"b-w", "srgb", "grey16", "rgb16"}
WHITE = {"uchar": 255, "ushort": 65_535}


def plain(image: pyvips.Image) -> pyvips.Image:
    """The picture in grey or RGB of 8 or 16 bits; CMYK is converted through its own profile where it has one."""
    if image.interpretation == "cmyk":
        return srgb(image)
    if image.interpretation == "rgb" and image.format in WHITE:
        image = image.copy(interpretation="srgb" if image.format == "uchar" else "rgb16")
    if image.interpretation not in PLAIN or image.format not in WHITE:
        image = image.colourspace(plain_space(image))
    return without_extra_bands(image)


def plain_space(image: pyvips.Image) -> str:
    """The plain space nearest to an unusual one."""
    grey = image.bands < 3
    if image.format in ("uchar", "char"):
        return "b-w" if grey else "srgb"
    return "grey16" if grey else "rgb16"


def without_extra_bands(image: pyvips.Image) -> pyvips.Image:
    """Grey or RGB with at most one more band, the transparency."""
    colours = 1 if image.interpretation in ("b-w", "grey16") else 3
    return image.extract_band(0, n=colours + 1) if image.bands > colours + 1 else image


def srgb(image: pyvips.Image) -> pyvips.Image:
    """The picture in sRGB, converted through its profile; a profile of garbage is ignored."""
    if image.interpretation != "cmyk" and not metadata.has(image, metadata.PROFILE):
        return image
    assumed = "cmyk" if image.interpretation == "cmyk" else "srgb"
    deep = image.format == "ushort" and image.interpretation != "cmyk"
    try:
        return image.icc_transform("srgb", embedded=True, input_profile=assumed, depth=16 if deep else 8)
    except pyvips.Error:
        # Such as a grey profile in a colour picture: the numbers are shown as they are.
        return metadata.removed(image, [metadata.PROFILE])


def opaque(image: pyvips.Image) -> pyvips.Image:
    """The picture on white instead of on nothing."""
    if not image.hasalpha():
        return image
    return image.flatten(background=[WHITE[image.format]])


def shallow(image: pyvips.Image) -> pyvips.Image:
    """The picture with 8 bits a colour."""
    if image.format == "uchar":
        return image
    return image.colourspace("b-w" if image.interpretation == "grey16" else "srgb")


def with_ink(image: pyvips.Image, wanted: str) -> tuple[pyvips.Image, list[float]]:
    """The picture, in RGB where it was grey and the colour #rrggbb is not, and the colour's numbers in it."""
    parts = [int(wanted[at : at + 2], 16) for at in (1, 3, 5)]
    deep = 257 if image.format == "ushort" else 1
    if image.bands > 2:
        return image, [part * deep for part in parts]
    if len(set(parts)) == 1:
        return image, [parts[0] * deep]
    coloured = metadata.removed(srgb(image), [metadata.PROFILE])
    return coloured.colourspace("rgb16" if deep > 1 else "srgb"), [part * deep for part in parts]
