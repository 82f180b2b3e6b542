"""Metadata fields of a libvips picture, read one by one because any of them may hold invalid bytes.

Read and written by modules of our own: Exiv2 is GPL with all its bindings, and so would be whatever imports it.
"""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from functools import reduce

import pyvips
from pyvips import ffi, glib_lib, vips_lib

from photos.imaging.formats.metadata import iptc, png_text, xmp
from photos.imaging.formats.metadata.ifd import follow_tags

EXIF_DATETIME = re.compile(r"(\d{4}):(\d\d):(\d\d)[ T](\d\d):(\d\d):(\d\d)")
EXIF_OFFSET = re.compile(r"([+-])(\d\d):([0-5]\d)")
MAX_UTC_OFFSET = timedelta(hours=15)  # east or west: no clock is so far from UTC
CAPTURE_FIELDS = (
    ("exif-ifd2-DateTimeOriginal", "exif-ifd2-OffsetTimeOriginal"),
    ("exif-ifd2-DateTimeDigitized", "exif-ifd2-OffsetTimeDigitized"),
)
MAKE = "exif-ifd0-Make"
ARTIST = "exif-ifd0-Artist"
COPYRIGHT_LINE = "exif-ifd0-Copyright"
CAPTION = "exif-ifd0-ImageDescription"
RIGHTS_FIELDS = (COPYRIGHT_LINE, ARTIST)
# The note that libvips appends to an EXIF text: the text again, and how it is stored. When libvips writes a text, it
# drops a bracket at its end as such a note.
EXIF_NOTE = re.compile(r" \([^()]*(?:\([^()]*\)[^()]*)*, [\w ]+, \d+ components, \d+ bytes\)$", re.DOTALL)
STORAGE_NOTE = re.compile(r", [\w ]+, \d+ components, \d+ bytes\)$")
EMPTY_NOTE = " ()"
EXIF, EXIF_SIGNATURE = "exif-data", b"Exif\0\0"
ORIENTATION = "exif-ifd0-Orientation"
PROFILE = "icc-profile-data"
XMP = "xmp-data"
IPTC = "iptc-data"
PHOTOSHOP = "photoshop-data"  # of a TIFF: optional, and it holds the picture as it was before the steps
COMMENT_PREFIX = "comment-"  # and a number: bytes
PNG_TEXT_PREFIX = "png-text-"  # and a number: a chunk
PNG_COMMENT_PREFIX = "png-comment-"  # libvips' own field for a text chunk, its key cut at the first blank
GPS_PREFIX = "exif-ifd3-"  # that directory holds nothing else
CREDIBLE_DPI = 98, 2400  # pixels an inch; below are the 72 and 96 that programs write as defaults
MILLIMETRES_PER_INCH = 25.4
# Fields of a picture that will be a page, or was one: its resolution in pixels an inch and its size before the steps,
# both as if a unit of the page were a point, the points in a unit, and whether it was stored without loss.
PAGE_DPI, PAGE_WIDTH, PAGE_HEIGHT, PAGE_UNIT = "page-dpi", "page-across", "page-down", "page-unit"
PAGE_LOSSLESS = "page-lossless"
EXIF_TAG, MAKER_NOTE_TAG = 34665, 37500
MAKER_NOTE_FIELD = "exif-ifd2-MakerNote"
JPEG_SIGNATURE = b"\xff\xd8\xff"
# The camera's own small copy of the picture, as it was before the steps.
OLD_THUMBNAIL = "jpeg-thumbnail-data"
XMP_ORIENTATION = re.compile(rb"""(tiff:Orientation\s*(?:=\s*["']|>\s*))[2-8]""")
NAME_ERRORS = "surrogateescape"  # a name that is not UTF-8 goes through Python and back unchanged
# Fields that belong to the pixels rather than to the person behind the camera.
STRUCTURAL_FIELDS = {PROFILE}
COPIED_FIELDS = {"resolution-unit", "vips-loader"}
FRAME_FIELDS = ["page-height", "n-pages", "delay", "loop", "gif-delay", "gif-loop"]  # meaningless in a single picture
PALETTE_FIELDS = ("palette", "bits-per-sample", "palette-bit-depth", "gif-palette")


def field_names(image: pyvips.Image) -> list[str]:
    """The names of all fields. Unlike pyvips' own get_fields it survives names that are not UTF-8."""
    # The array and each of its strings belong to the caller and have to be freed.
    array = vips_lib.vips_image_get_fields(image.pointer)
    names: list[str] = []
    index = 0
    while array[index] != ffi.NULL:
        names.append(ffi.string(array[index]).decode("utf-8", errors=NAME_ERRORS))
        glib_lib.g_free(array[index])
        index += 1
    glib_lib.g_free(array)
    return names


def encode_name(name: str) -> bytes:
    return name.encode("utf-8", errors=NAME_ERRORS)


def has(image: pyvips.Image, name: str) -> bool:
    """Whether the picture has the field."""
    return bool(image.get_typeof(name))


def has_origin(image: pyvips.Image) -> bool:
    """Whether the picture names a time, place, camera or person; programs write EXIF without any of these, too."""
    return any(
        has(image, name) for name in (MAKE, *RIGHTS_FIELDS, CAPTION, CAPTURE_FIELDS[0][0], f"{GPS_PREFIX}GPSLatitude")
    )


def text(image: pyvips.Image, name: str) -> str:
    """The text of a field; empty without the field, or where it cannot be decoded."""
    if not has(image, name):
        return ""
    try:
        value = image.get(name)
    except (UnicodeDecodeError, pyvips.Error):
        return ""
    return value if isinstance(value, str) else ""


def number(image: pyvips.Image, name: str, default: int) -> int:
    """The integer in a field; `default` without the field or for an invalid value."""
    if not has(image, name):
        return default
    value = image.get(name)
    return value if isinstance(value, int) else default


def orientation(image: pyvips.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 without one, or for an invalid one."""
    value = number(image, "orientation", 1)
    return value if 1 <= value <= 8 else 1


def capture_time(image: pyvips.Image) -> datetime | None:
    """The time of capture by the camera's clock, in UTC where EXIF names no zone; None without a valid date."""
    times = (parse_datetime(text(image, when), text(image, offset)) for when, offset in CAPTURE_FIELDS)
    return next(filter(None, times), None)


def has_capture_zone(image: pyvips.Image) -> bool:
    """Whether EXIF names the zone of the camera's clock at the time of capture."""
    zones = (parse_offset(text(image, offset)) for when, offset in CAPTURE_FIELDS if parse_datetime(text(image, when)))
    return next(zones, None) is not None


def capture_date(image: pyvips.Image) -> date | None:
    """The day of capture by the camera's clock."""
    moment = capture_time(image)
    return moment.date() if moment else None


def exif_text(image: pyvips.Image, name: str) -> str:
    """An EXIF text without the note that libvips appends."""
    value = text(image, name)
    twice = STORAGE_NOTE.sub("", value)
    once = twice[: (len(twice) - len(" (")) // 2]
    return (once if twice == f"{once} ({once}" else EXIF_NOTE.sub("", value).removesuffix(EMPTY_NOTE)).strip()


def escape_exif_text(words: str) -> str:
    """Prepare an EXIF text for libvips, which would drop a bracket at its end."""
    return words + EMPTY_NOTE if words.endswith(")") else words


def parse_datetime(when: str, offset: str = "") -> datetime | None:
    match = EXIF_DATETIME.match(when)
    if not match:
        return None
    year, month, day, hour, minute, second = map(int, match.groups())
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=parse_offset(offset) or UTC)
        local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return local


def parse_offset(offset: str) -> timezone | None:
    """The zone of an EXIF offset; None for an invalid one."""
    match = EXIF_OFFSET.match(offset)
    east = timedelta(hours=int(match[2]), minutes=int(match[3])) if match else MAX_UTC_OFFSET
    if east >= MAX_UTC_OFFSET or match is None:
        return None
    return timezone(-east if match[1] == "-" else east)


def copy_fields(source: pyvips.Image, target: pyvips.Image) -> pyvips.Image:
    """The target with resolution and metadata of the source, and no other metadata."""
    fields = [name for name in field_names(source) if is_metadata(name) or name in COPIED_FIELDS]
    target = set_fields(target.copy(xres=source.xres, yres=source.yres), source, fields)
    # Copying an EXIF block restores all its fields, even those removed from the source, such as the orientation.
    return remove_fields(target, [name for name in field_names(target) if is_metadata(name) and name not in fields])


def set_fields(target: pyvips.Image, source: pyvips.Image, fields: list[str]) -> pyvips.Image:
    """A copy of the target with these fields of the source."""
    target = target.copy()
    for name in fields:
        # Copied as GValues: pyvips' conversion to Python fails on odd bytes.
        value = pyvips.GValue()
        vips_lib.vips_image_get(source.pointer, encode_name(name), value.pointer)
        vips_lib.vips_image_set(target.pointer, encode_name(name), value.pointer)
    return target


def set_print_resolution(image: pyvips.Image, pixels: float) -> pyvips.Image:
    """Set the print resolution, `pixels` a millimetre, unless the picture has one or the value is not credible."""
    dpi = pixels * MILLIMETRES_PER_INCH
    if has(image, PAGE_DPI) or not CREDIBLE_DPI[0] <= dpi <= CREDIBLE_DPI[1]:
        return image
    image = image.copy()
    image.set_type(pyvips.GValue.gdouble_type, PAGE_DPI, dpi)
    return image


def scale_resolution(image: pyvips.Image, factor: float) -> pyvips.Image:
    """Scale the page resolution by the factor by which the picture has grown, so that its printed size stays."""
    if has(image, PAGE_DPI):
        image = image.copy()
        image.set_type(pyvips.GValue.gdouble_type, PAGE_DPI, image.get(PAGE_DPI) * factor)
    return image


def split_frames(strip: pyvips.Image) -> list[pyvips.Image]:
    """The frames of an animation strip; a single picture is its own frame."""
    height = number(strip, "page-height", strip.height)
    bare = remove_fields(strip, ["page-height"])
    return [bare.crop(0, top, strip.width, height) for top in range(0, strip.height, height)]


def set_page_count(image: pyvips.Image, pages: int) -> pyvips.Image:
    """The picture as the first of `pages` pages."""
    image = image.copy()
    image.set_type(pyvips.GValue.gint_type, "n-pages", pages)
    return image


def build_strip(frames: list[pyvips.Image]) -> pyvips.Image:
    """Join frames of one size as libvips saves them, one below the other; a single one stays a picture."""
    if len(frames) == 1:
        return frames[0]
    strip = pyvips.Image.arrayjoin(frames, across=1)
    strip.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    return strip


def join_strips(strips: list[pyvips.Image], height: int) -> pyvips.Image:
    """Join animation strips with frames of that height."""
    if len(strips) == 1:
        return strips[0]
    strip = reduce(lambda above, below: above.join(below, "vertical"), strips)
    strip.set_type(pyvips.GValue.gint_type, "page-height", height)
    return strip


def remove_fields(image: pyvips.Image, fields: list[str]) -> pyvips.Image:
    """A copy of the picture without these fields."""
    image = image.copy()
    for field in fields:
        vips_lib.vips_image_remove(image.pointer, encode_name(field))
    return image


def remove_outdated(image: pyvips.Image) -> pyvips.Image:
    """The picture without metadata that are no longer true after it was turned and changed."""
    outdated = [OLD_THUMBNAIL, "orientation", ORIENTATION, "gainmap-data", PHOTOSHOP, *PALETTE_FIELDS]
    image = remove_fields(image, [*outdated, MAKER_NOTE_FIELD] if has_maker_note_thumbnail(image) else outdated)
    image = rewrite_block(image, IPTC, iptc.remove_copies)
    return rewrite_block(image, XMP, lambda packet: xmp.remove_outdated(XMP_ORIENTATION.sub(rb"\g<1>1", packet)))


def has_maker_note_thumbnail(image: pyvips.Image) -> bool:
    """Whether the maker note holds a small copy of the picture; it cannot be changed without breaking the note."""
    block = (
        bytes(image.get(EXIF)).removeprefix(EXIF_SIGNATURE)
        if has(image, MAKER_NOTE_FIELD) and has(image, EXIF)
        else b""
    )
    return JPEG_SIGNATURE in follow_tags(block, EXIF_TAG, MAKER_NOTE_TAG)


def strip_metadata(image: pyvips.Image, keep: frozenset[str]) -> pyvips.Image:
    """The picture without metadata, except those in `keep`: copyright, orientation, profile."""
    fields = set(STRUCTURAL_FIELDS)
    if "profile" not in keep:
        fields.discard(PROFILE)
    if "copyright" in keep:
        fields.update(RIGHTS_FIELDS)
    image = remove_fields(image, [name for name in field_names(image) if is_metadata(name) and name not in fields])
    if "orientation" in keep:
        image.set_type(pyvips.GValue.gint_type, "orientation", 1)
    return image


def remove_place(image: pyvips.Image) -> pyvips.Image:
    """The picture without coordinates; other metadata stay."""
    image = remove_fields(
        image, [name for name in field_names(image) if name.startswith(GPS_PREFIX) or mentions_place(image, name)]
    )
    return rewrite_block(image, XMP, xmp.remove_place)


def mentions_place(image: pyvips.Image, name: str) -> bool:
    """Whether a field is a comment or a PNG text that mentions coordinates."""
    if name.startswith(PNG_TEXT_PREFIX):
        return xmp.may_mention_place(png_text.decode_text(bytes(image.get(name))))
    return name.startswith(COMMENT_PREFIX) and xmp.may_mention_place(bytes(image.get(name)))


def rewrite_block(image: pyvips.Image, name: str, change: Callable[[bytes], bytes]) -> pyvips.Image:
    """The picture with a block of bytes changed; an empty result removes the field."""
    if not has(image, name):
        return image
    block = change(bytes(image.get(name)))
    image = remove_fields(image, [name])
    if block:
        image.set_type(pyvips.GValue.blob_type, name, block)
    return image


def is_metadata(name: str) -> bool:
    """Whether a field describes the picture rather than being part of it."""
    return name.startswith(
        ("exif-", "xmp-", "iptc-", PNG_COMMENT_PREFIX, PNG_TEXT_PREFIX, "icc-", "photoshop-", "heif-", COMMENT_PREFIX)
    ) or name in (
        "orientation",
        "gif-comment",
        "image-description",
        "magickprofile-8bim",
        OLD_THUMBNAIL,
    )
