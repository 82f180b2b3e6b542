"""The shares of red, green and blue in luminance."""

import struct

import pyvips

from photos.imaging.formats.metadata import vips_fields

SRGB_WEIGHTS = (0.2126, 0.7152, 0.0722)  # IEC 61966-2-1
PRIMARY_TAGS = (b"rXYZ", b"gXYZ", b"bXYZ")  # of a three-component profile (ICC.1:2022, section 9.2)
MAX_TAGS = 100

type Weights = tuple[float, float, float]


def luminance_weights(image: pyvips.Image) -> Weights:
    """The shares of red, green and blue in the luminance of the picture; they add up to 1."""
    if not vips_fields.has(image, vips_fields.PROFILE):
        return SRGB_WEIGHTS
    try:
        return profile_weights(bytes(image.get(vips_fields.PROFILE)))
    except struct.error:
        return SRGB_WEIGHTS


def profile_weights(profile: bytes) -> Weights:
    """The shares from a profile's Y column; those of sRGB where it has none. Raises `struct.error`."""
    (count,) = struct.unpack_from(">I", profile, 128)
    places = {
        name: place
        for name, place, _ in (struct.unpack_from(">4sII", profile, 132 + 12 * n) for n in range(min(count, MAX_TAGS)))
    }
    if not places.keys() >= set(PRIMARY_TAGS):
        return SRGB_WEIGHTS
    # Type, four empty bytes, then X, Y and Z as s15Fixed16: Y stands 12 bytes behind the start.
    red, green, blue = (struct.unpack_from(">i", profile, places[name] + 12)[0] for name in PRIMARY_TAGS)
    total = red + green + blue
    return (red / total, green / total, blue / total) if min(red, green, blue) > 0 else SRGB_WEIGHTS
