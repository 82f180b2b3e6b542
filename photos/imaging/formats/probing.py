"""Reads the header of a file, before any pixel is decoded."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pyvips

from photos.imaging.formats import unsupported
from photos.imaging.formats.base import Format
from photos.imaging.formats.errors import Unreadable, plain_errors
from photos.imaging.formats.metadata import camera as metadata_camera
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.formats.registry import FILE_EMPTY, format_of
from photos.imaging.formats.sniffing import sniff

PIXELS_PER_MEGAPIXEL = 1_000_000
FIRST_SIDEWAYS_ORIENTATION = 5  # from this EXIF orientation on, width and height are swapped


@dataclass(frozen=True)
class Limits:
    """How large a picture may be; an animation is as large as all its frames together."""

    megapixels: float = 250
    frames: int = 2000
    pages: int = 1000

    def for_format(self, format: Format) -> "Limits":
        """These limits, lowered to what the decoder of a format can take."""
        return replace(self, megapixels=min(self.megapixels, format.max_megapixels))

    def check(self, megapixels: float, frames: int, pages: int) -> None:
        """Raise `Unreadable` for a picture that is too large."""
        if frames > self.frames:
            raise Unreadable(f"The animation has {frames:,} frames; the limit is {self.frames:,}")
        if pages > self.pages:
            raise Unreadable(f"The file has {pages:,} pages; the limit is {self.pages:,}")
        if megapixels * frames > self.megapixels:
            of_frames = f" in {frames:,} frames" if frames > 1 else ""
            raise Unreadable(
                f"The picture has {megapixels * frames:,.0f} megapixels{of_frames}; the limit is {self.megapixels:,.0f}"
            )


@dataclass(frozen=True)
class Probe:
    """What the header says about a picture. Width and height are as shown, upright."""

    format: str
    width: int
    height: int
    pages: int
    frames: int
    taken: datetime | None  # by the camera's clock, in its zone; in UTC without a zone
    orientation: int
    camera: str = ""
    place: tuple[float, float] | None = None  # latitude and longitude in degrees
    zone_is_known: bool = False  # whether EXIF names the zone of the camera's clock

    @property
    def taken_at(self) -> datetime | None:
        """The time of capture in UTC."""
        return self.taken and self.taken.astimezone(UTC)


def probe(path: Path, limits: Limits) -> Probe:
    """Read the header of a file. Raises `Unreadable` for no picture, a damaged one, and one beyond the limits."""
    if path.stat().st_size == 0:
        raise Unreadable(FILE_EMPTY)
    name = sniff(path)
    if name is None:
        raise Unreadable(unsupported.explain_file(path))
    format = format_of(name)
    with plain_errors():
        found = probe_header(format, format.header(path))
        allowed = limits.for_format(format)
        allowed.check(found.width * found.height / PIXELS_PER_MEGAPIXEL, found.frames, found.pages)
        for width, height in format.further_page_sizes(path, found.pages):
            allowed.check(width * height / PIXELS_PER_MEGAPIXEL, 1, 1)
    return found


def probe_header(format: Format, image: pyvips.Image) -> Probe:
    count = vips_fields.number(image, "n-pages", 1)
    turn = vips_fields.orientation(image)
    width, height = upright_size(image.width, image.height, turn)
    return Probe(
        format=format.name,
        width=width,
        height=height,
        pages=count if format.holds_pages else 1,
        frames=count if format.holds_frames else 1,
        taken=vips_fields.capture_time(image),
        orientation=turn,
        camera=metadata_camera.camera_name(image),
        place=metadata_camera.coordinates(image),
        zone_is_known=vips_fields.has_capture_zone(image),
    )


def upright_size(width: int, height: int, orientation: int) -> tuple[int, int]:
    """Width and height as shown, of a picture stored with that EXIF orientation."""
    return (height, width) if orientation >= FIRST_SIDEWAYS_ORIENTATION else (width, height)
