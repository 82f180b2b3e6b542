"""Colours: every step sees grey or RGB, of 8 or 16 bits, with or without transparency."""

from itertools import chain, product

import pyvips

from photos.imaging.formats.metadata import vips_fields

PLAIN_SPACES = {"b-w", "srgb", "grey16", "rgb16"}
MAIN_COLOUR_SIDE, MAIN_COLOUR_DROPPED_BITS = 32, 6  # pixels of a side that are looked at; bits of a colour that are not
SAMPLED_VALUES = range(0, 256, 15)  # numbers that stand for all
MAX_INVISIBLE_DIFFERENCE = 2  # of 255: what two makers' profiles for the same colours differ by
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
    """Grey or RGB of 32 or 64 bits a colour as such of 16.

    Numbers with a decimal point reach from 0 to 1: they are what the profile says, or light where there is none.
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
    """Whether a picture is grey with a decimal point and says nothing of what its numbers mean."""
    floating = image.format in ("float", "double") and image.interpretation == "b-w"
    return floating and not vips_fields.has(image, vips_fields.PROFILE)


def scale_to_range(image: pyvips.Image, brightest: float) -> pyvips.Image:
    """Grey with a decimal point that reaches up to 1, which is light, or else up to what 8 or 16 bits hold."""
    if brightest <= 1:
        return image
    highest = WHITE_BY_FORMAT["uchar"] if brightest <= WHITE_BY_FORMAT["uchar"] else WHITE_BY_FORMAT["ushort"]
    return (image * (WHITE_BY_FORMAT["ushort"] / highest)).rint().cast("ushort").copy(interpretation="grey16")


def to_scrgb(image: pyvips.Image) -> pyvips.Image:
    """Grey or RGB of 0 to 1 as RGB that libvips takes for light."""
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
    """The picture in sRGB, converted through its profile; a profile of garbage is ignored."""
    if image.interpretation != "cmyk" and not vips_fields.has(image, vips_fields.PROFILE):
        return image
    assumed = "cmyk" if image.interpretation == "cmyk" else "srgb"
    depth = 16 if image.format == "ushort" else 8
    try:
        return image.icc_transform("srgb", embedded=True, input_profile=assumed, depth=depth)
    except pyvips.Error:
        # Such as a grey profile in a colour picture: the numbers are shown as they are.
        return vips_fields.remove_fields(image, [vips_fields.PROFILE])


def is_srgb_like(image: pyvips.Image) -> bool:
    """Whether the numbers of a picture mean what they would mean in sRGB, or almost."""
    if image.interpretation == "cmyk":
        return False
    if not vips_fields.has(image, vips_fields.PROFILE):
        return True
    bands = 1 if is_grey(image) else 3
    numbers = bytes(chain.from_iterable(product(SAMPLED_VALUES, repeat=bands)))
    every = pyvips.Image.new_from_memory(numbers, len(numbers) // bands, 1, bands, "uchar")
    every = every.copy(interpretation="b-w" if bands == 1 else "srgb")
    known = every.copy()
    known.set_type(pyvips.GValue.blob_type, vips_fields.PROFILE, image.get(vips_fields.PROFILE))
    shown = to_srgb(known).colourspace(every.interpretation)
    return bool((shown - every).abs().max() <= MAX_INVISIBLE_DIFFERENCE)


def to_opaque(image: pyvips.Image) -> pyvips.Image:
    """The picture on white instead of on nothing."""
    if not image.hasalpha():
        return image
    return image.flatten(background=[WHITE_BY_FORMAT[image.format]])


def to_8_bits(image: pyvips.Image) -> pyvips.Image:
    """The picture with 8 bits a colour."""
    if image.format == "uchar":
        return image
    return image.colourspace("b-w" if image.interpretation == "grey16" else "srgb")


def parse_colour(wanted: str) -> list[int]:
    """The numbers of the colour #rrggbb in sRGB: red, green and blue, or one where they are the same."""
    parts = list(bytes.fromhex(wanted[1:]))
    return parts if len(set(parts)) > 1 else parts[:1]


def label_srgb(image: pyvips.Image) -> pyvips.Image:
    """Bare numbers of 0 to 255 as a picture in sRGB, or in grey if there is but one band of them."""
    return image.rint().cast("uchar").copy(interpretation="b-w" if image.bands == 1 else "srgb")


def match_colour(image: pyvips.Image, wanted: str) -> tuple[pyvips.Image, list[float]]:
    """The picture, in RGB where it was grey and the colour #rrggbb is not, and the colour's numbers in it."""
    page, spot = match_pictures(image, label_srgb(pyvips.Image.black(1, 1) + parse_colour(wanted)))
    return page, spot(0, 0)


def is_grey(image: pyvips.Image) -> bool:
    """Whether a plain picture has no colours."""
    return image.interpretation in ("b-w", "grey16")


def to_colour(image: pyvips.Image) -> pyvips.Image:
    """A grey picture as one that can have colours, in sRGB."""
    deep = image.format == "ushort"
    return vips_fields.remove_fields(to_srgb(image), [vips_fields.PROFILE]).colourspace("rgb16" if deep else "srgb")


def match_pictures(page: pyvips.Image, ink: pyvips.Image) -> tuple[pyvips.Image, pyvips.Image]:
    """A page, and a picture of 8 bits in sRGB without transparency, in the same colours: if they can be, the page's."""
    if is_grey(page) and not is_grey(ink):
        page = to_colour(page)
    if not is_grey(ink) and vips_fields.has(page, vips_fields.PROFILE):
        ink = to_profile_of(ink, page)
    if ink.bands != (1 if is_grey(page) else 3):
        ink = ink.colourspace("b-w" if is_grey(page) else "srgb")
    # Of libvips' own, white of 8 bits would not quite be white of 16.
    deep = 257 if page.format == "ushort" else 1
    return page, (ink * deep).cast(page.format).copy(interpretation=page.interpretation)


def to_profile_of(ink: pyvips.Image, page: pyvips.Image) -> pyvips.Image:
    """A picture in sRGB in the numbers of the page's profile; a profile of garbage is ignored."""
    try:
        known = ink.icc_import(embedded=True, input_profile="srgb", pcs="lab").copy()
        known.set_type(pyvips.GValue.blob_type, vips_fields.PROFILE, page.get(vips_fields.PROFILE))
        return vips_fields.remove_fields(known.icc_export(), [vips_fields.PROFILE])
    except pyvips.Error:
        return ink


def main_colour(image: pyvips.Image) -> str:
    """The colour that a picture in sRGB is remembered by, #rrggbb: the mean of what is most common in it."""
    small = to_opaque(image.thumbnail_image(MAIN_COLOUR_SIDE)).colourspace("srgb").cast("uchar").write_to_memory()
    groups: dict[tuple[int, ...], list[bytes]] = {}
    for at in range(0, len(small), 3):
        pixel = small[at : at + 3]
        groups.setdefault(tuple(part >> MAIN_COLOUR_DROPPED_BITS for part in pixel), []).append(pixel)
    most = max(groups.values(), key=len)
    return "#" + "".join(f"{round(sum(parts) / len(most)):02x}" for parts in zip(*most, strict=True))


def bundled_profile(name: str) -> bytes:
    """A colour profile that comes with libvips: srgb, p3 or cmyk."""
    data: bytes = pyvips.Operation.call("profile_load", name)
    return data
