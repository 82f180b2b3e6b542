"""Conversions to what steps work on: grey or RGB, of 8 or 16 bits, with or without transparency."""

from itertools import chain, product

import pyvips

from photos.imaging.formats.metadata import vips_fields

PLAIN_SPACES = {"b-w", "srgb", "grey16", "rgb16"}
MAIN_COLOUR_SIDE, MAIN_COLOUR_DROPPED_BITS = 32, 6  # pixels of a side; bits that are ignored
SAMPLED_VALUES = range(0, 256, 15)  # stand for all values of a channel
MAX_INVISIBLE_DIFFERENCE = 2  # of 255: profiles of two makers for the same colours differ by that
WHITE_BY_FORMAT = {"uchar": 255, "ushort": 65_535}
FLOAT_INTERPRETATIONS = {"b-w", "srgb", "scrgb", "rgb", "grey16", "rgb16"}
UINT_TO_USHORT = 65_537


def to_plain(image: pyvips.Image) -> pyvips.Image:
    """The picture in grey or RGB of 8 or 16 bits; CMYK is converted through its own profile where it has one."""
    if image.interpretation == "cmyk":
        return to_srgb(image)
    image = to_16_bits(image)
    if image.interpretation == "rgb" and image.format in WHITE_BY_FORMAT:
        image = image.copy(interpretation="srgb" if image.format == "uchar" else "rgb16")
    if image.interpretation not in PLAIN_SPACES or image.format not in WHITE_BY_FORMAT:
        image = image.colourspace(plain_space(image))
    return drop_extra_bands(image)


def to_16_bits(image: pyvips.Image) -> pyvips.Image:
    """Grey or RGB of 32 or 64 bits a channel with 16 instead; other pictures are unchanged.

    Floating-point values reach from 0 to 1: in the colours of the profile, or linear light without one.
    """
    space = "grey16" if image.bands < 3 else "rgb16"
    if image.format == "uint":
        return (image / UINT_TO_USHORT).rint().cast("ushort").copy(interpretation=space)
    if image.format not in ("float", "double") or image.interpretation not in FLOAT_INTERPRETATIONS:
        return image
    if vips_fields.has(image, vips_fields.PROFILE):
        return (image * WHITE_BY_FORMAT["ushort"]).rint().cast("ushort").copy(interpretation=space)
    return to_scrgb(image).colourspace(space)


def is_unprofiled_float(image: pyvips.Image) -> bool:
    """Whether a picture is floating-point grey without a profile, so that the range of its values is unknown."""
    floating = image.format in ("float", "double") and image.interpretation == "b-w"
    return floating and not vips_fields.has(image, vips_fields.PROFILE)


def scale_to_range(image: pyvips.Image, brightest: float) -> pyvips.Image:
    """Unprofiled floating-point grey: unchanged up to 1, as linear light; else read as 8 or 16 bits, and made 16."""
    if brightest <= 1:
        return image
    highest = WHITE_BY_FORMAT["uchar"] if brightest <= WHITE_BY_FORMAT["uchar"] else WHITE_BY_FORMAT["ushort"]
    return (image * (WHITE_BY_FORMAT["ushort"] / highest)).rint().cast("ushort").copy(interpretation="grey16")


def to_scrgb(image: pyvips.Image) -> pyvips.Image:
    """Label grey or RGB of 0 to 1 as scRGB, which libvips takes for linear light."""
    if image.bands < 3:
        image = image[0].bandjoin([image[0], *image.bandsplit()])
    return image.copy(interpretation="scrgb")


def plain_space(image: pyvips.Image) -> str:
    """The plain space nearest to an unusual one."""
    grey = image.bands < 3
    if image.format in ("uchar", "char"):
        return "b-w" if grey else "srgb"
    return "grey16" if grey else "rgb16"


def drop_extra_bands(image: pyvips.Image) -> pyvips.Image:
    """Grey or RGB with at most one more band, the transparency."""
    colours = 1 if image.interpretation in ("b-w", "grey16") else 3
    return image.extract_band(0, n=colours + 1) if image.bands > colours + 1 else image


def to_srgb(image: pyvips.Image) -> pyvips.Image:
    """The picture in sRGB, converted through its profile; an unusable profile is ignored."""
    if image.interpretation != "cmyk" and not vips_fields.has(image, vips_fields.PROFILE):
        return image
    assumed = "cmyk" if image.interpretation == "cmyk" else "srgb"
    depth = 16 if image.format == "ushort" else 8
    try:
        return image.icc_transform("srgb", embedded=True, input_profile=assumed, depth=depth)
    except pyvips.Error:
        # Such as a grey profile in a colour picture: its values are taken for sRGB.
        return vips_fields.remove_fields(image, [vips_fields.PROFILE])


def is_srgb_like(image: pyvips.Image) -> bool:
    """Whether the values of a picture mean the same in sRGB, or almost."""
    if image.interpretation == "cmyk":
        return False
    if not vips_fields.has(image, vips_fields.PROFILE):
        return True
    bands = 1 if is_grey(image) else 3
    numbers = bytes(chain.from_iterable(product(SAMPLED_VALUES, repeat=bands)))
    samples = pyvips.Image.new_from_memory(numbers, len(numbers) // bands, 1, bands, "uchar")
    samples = samples.copy(interpretation="b-w" if bands == 1 else "srgb")
    tagged = samples.copy()
    tagged.set_type(pyvips.GValue.blob_type, vips_fields.PROFILE, image.get(vips_fields.PROFILE))
    converted = to_srgb(tagged).colourspace(samples.interpretation)
    return bool((converted - samples).abs().max() <= MAX_INVISIBLE_DIFFERENCE)


def to_opaque(image: pyvips.Image) -> pyvips.Image:
    """The picture on white instead of transparent."""
    if not image.hasalpha():
        return image
    return image.flatten(background=[WHITE_BY_FORMAT[image.format]])


def to_8_bits(image: pyvips.Image) -> pyvips.Image:
    """The picture with 8 bits a channel."""
    if image.format == "uchar":
        return image
    return image.colourspace("b-w" if image.interpretation == "grey16" else "srgb")


def parse_colour(colour: str) -> list[int]:
    """The sRGB values of the colour #rrggbb, 0 to 255: red, green and blue, or a single one for a grey."""
    parts = list(bytes.fromhex(colour[1:]))
    return parts if len(set(parts)) > 1 else parts[:1]


def label_srgb(image: pyvips.Image) -> pyvips.Image:
    """Bare values of 0 to 255 as a picture in sRGB, or in grey if there is a single band."""
    return image.rint().cast("uchar").copy(interpretation="b-w" if image.bands == 1 else "srgb")


def match_colour(image: pyvips.Image, colour: str) -> tuple[pyvips.Image, list[float]]:
    """The picture, in RGB where the colour #rrggbb needs it, and the values of that colour in the picture."""
    page, spot = match_pictures(image, label_srgb(pyvips.Image.black(1, 1) + parse_colour(colour)))
    return page, spot(0, 0)


def is_grey(image: pyvips.Image) -> bool:
    """Whether a plain picture is grey."""
    return image.interpretation in ("b-w", "grey16")


def to_colour(image: pyvips.Image) -> pyvips.Image:
    """Convert grey to RGB, in sRGB."""
    deep = image.format == "ushort"
    return vips_fields.remove_fields(to_srgb(image), [vips_fields.PROFILE]).colourspace("rgb16" if deep else "srgb")


def match_pictures(page: pyvips.Image, ink: pyvips.Image) -> tuple[pyvips.Image, pyvips.Image]:
    """Bring a page and an opaque 8-bit sRGB picture into the same colours: the page's, if they allow it."""
    if is_grey(page) and not is_grey(ink):
        page = to_colour(page)
    if not is_grey(ink) and vips_fields.has(page, vips_fields.PROFILE):
        ink = to_profile_of(ink, page)
    if ink.bands != (1 if is_grey(page) else 3):
        ink = ink.colourspace("b-w" if is_grey(page) else "srgb")
    # Times 257: libvips' own conversion would make white of 8 bits slightly less than white of 16.
    deep = 257 if page.format == "ushort" else 1
    return page, (ink * deep).cast(page.format).copy(interpretation=page.interpretation)


def to_profile_of(ink: pyvips.Image, page: pyvips.Image) -> pyvips.Image:
    """Convert an sRGB picture to the page's profile; an unusable profile is ignored."""
    try:
        tagged = ink.icc_import(embedded=True, input_profile="srgb", pcs="lab").copy()
        tagged.set_type(pyvips.GValue.blob_type, vips_fields.PROFILE, page.get(vips_fields.PROFILE))
        return vips_fields.remove_fields(tagged.icc_export(), [vips_fields.PROFILE])
    except pyvips.Error:
        return ink


def main_colour(image: pyvips.Image) -> str:
    """The main colour of an sRGB picture as #rrggbb: the mean of the most common group of colours."""
    small = to_opaque(image.thumbnail_image(MAIN_COLOUR_SIDE)).colourspace("srgb").cast("uchar").write_to_memory()
    groups: dict[tuple[int, ...], list[bytes]] = {}
    for at in range(0, len(small), 3):
        pixel = small[at : at + 3]
        groups.setdefault(tuple(part >> MAIN_COLOUR_DROPPED_BITS for part in pixel), []).append(pixel)
    largest = max(groups.values(), key=len)
    return "#" + "".join(f"{round(sum(parts) / len(largest)):02x}" for parts in zip(*largest, strict=True))


def bundled_profile(name: str) -> bytes:
    """A colour profile that comes with libvips: srgb, p3 or cmyk."""
    data: bytes = pyvips.Operation.call("profile_load", name)
    return data
