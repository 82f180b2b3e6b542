"""The camera and the place of a picture, from its EXIF."""

import re

import pyvips

from photos.imaging.formats.metadata import rights, vips_fields

MAKE, MODEL = "exif-ifd0-Make", "exif-ifd0-Model"
COORDINATE_FIELDS = (("exif-ifd3-GPSLatitude", "S", 90), ("exif-ifd3-GPSLongitude", "W", 180))
RATIONAL = re.compile(r"(\d+)(?:/(\d+))?")
MAX_CAMERA_CHARACTERS = 100


def camera_name(image: pyvips.Image) -> str:
    """Make and model, the make once, at most 100 characters; empty without either."""
    make, model = read_line(image, MAKE), read_line(image, MODEL)
    name = model if model.casefold().startswith(make.casefold().split(" ")[0]) else f"{make} {model}"
    return name.strip()[:MAX_CAMERA_CHARACTERS]


def coordinates(image: pyvips.Image) -> tuple[float, float] | None:
    """Latitude and longitude in decimal degrees, north and east positive; None without a valid place."""
    pair = [read_coordinate(image, *each) for each in COORDINATE_FIELDS]
    if None in pair or pair == [0, 0]:  # some cameras write zeros when they have no position
        return None
    return pair[0] or 0.0, pair[1] or 0.0


def read_coordinate(image: pyvips.Image, field: str, negative: str, limit: int) -> float | None:
    """A coordinate in degrees from degrees, minutes and seconds (EXIF 2.3, 4.6.6); None beyond `limit`."""
    parts = [parse_rational(*pair) for pair in RATIONAL.findall(read_line(image, field))[:3]]
    if not parts or None in parts:
        return None
    size = sum((part or 0.0) / 60**power for power, part in enumerate(parts))
    if size > limit:
        return None
    return round(-size if read_line(image, f"{field}Ref").upper().startswith(negative) else size, 6)


def parse_rational(over: str, under: str) -> float | None:
    return int(over) / int(under or 1) if under != "0" else None


def read_line(image: pyvips.Image, field: str) -> str:
    return rights.single_line(vips_fields.exif_text(image, field))
