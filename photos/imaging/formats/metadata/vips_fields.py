"""What a picture says about itself: fields that are read one by one, because any of them may hold odd bytes.

Read and written by modules of our own, for Exiv2 is GPL with all its bindings, and whatever imported it would be, too.
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
MAX_OFFSET = timedelta(hours=15)  # and west: no clock is so far from UTC
CAPTURE_FIELDS = (
    ("exif-ifd2-DateTimeOriginal", "exif-ifd2-OffsetTimeOriginal"),
    ("exif-ifd2-DateTimeDigitized", "exif-ifd2-OffsetTimeDigitized"),
)
MAKE = "exif-ifd0-Make"
ARTIST = "exif-ifd0-Artist"
COPYRIGHT_LINE = "exif-ifd0-Copyright"
CAPTION = "exif-ifd0-ImageDescription"
RIGHTS_FIELDS = (COPYRIGHT_LINE, ARTIST)
# What libvips adds to a text of EXIF: the text once more, and how it is stored. It takes what stands in brackets at the
# end of a text that it writes for such a note.
EXIF_NOTE = re.compile(r" \([^()]*(?:\([^()]*\)[^()]*)*, [\w ]+, \d+ components, \d+ bytes\)$", re.DOTALL)
STORAGE_NOTE = re.compile(r", [\w ]+, \d+ components, \d+ bytes\)$")
EMPTY_NOTE = " ()"
EXIF, EXIF_SIGNATURE = "exif-data", b"Exif\0\0"
ORIENTATION = "exif-ifd0-Orientation"
PROFILE = "icc-profile-data"
XMP = "xmp-data"
IPTC = "iptc-data"
PHOTOSHOP = "photoshop-data"  # of a TIFF: other programs can do without it, and it shows the picture as it was
COMMENT_PREFIX = "comment-"  # and a number: bytes
PNG_TEXT_PREFIX = "png-text-"  # and a number: a chunk
PNG_COMMENT_PREFIX = "png-comment-"  # what libvips makes of such a chunk, up to the first blank of its key
GPS_PREFIX = "exif-ifd3-"  # that directory holds nothing else
CREDIBLE_DPI = 98, 2400  # resolutions in pixels an inch; 72 and 96 are what programs write that know nothing
MILLIMETRES_PER_INCH = 25.4  # in an inch
# Fields of a picture that is to be a page, or was one: its resolution in pixels an inch, its size in points before the
# steps, both as if its units were points, how many points a unit has, and whether it was stored without loss.
PAGE_DPI, PAGE_WIDTH, PAGE_HEIGHT, PAGE_UNIT = "page-dpi", "page-across", "page-down", "page-unit"
PAGE_LOSSLESS = "page-lossless"
EXIF_TAG, MAKER_NOTE_TAG = 34665, 37500  # tags
MAKER_NOTE_FIELD = "exif-ifd2-MakerNote"
JPEG_SIGNATURE = b"\xff\xd8\xff"
# The camera's own small copy of the picture: it would show the picture as it was before.
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
    array = vips_lib.vips_image_get_fields(image.pointer)
    found: list[str] = []
    index = 0
    while array[index] != ffi.NULL:
        found.append(ffi.string(array[index]).decode("utf-8", errors=NAME_ERRORS))
        glib_lib.g_free(array[index])
        index += 1
    glib_lib.g_free(array)
    return found


def encode_name(name: str) -> bytes:
    """A field's name as libvips has it."""
    return name.encode("utf-8", errors=NAME_ERRORS)


def has(image: pyvips.Image, name: str) -> bool:
    """Whether the picture has the field."""
    return bool(image.get_typeof(name))


def has_origin(image: pyvips.Image) -> bool:
    """Whether the picture says when, where, with what or by whom it was made: programs write EXIF without that, too."""
    return any(
        has(image, name) for name in (MAKE, *RIGHTS_FIELDS, CAPTION, CAPTURE_FIELDS[0][0], f"{GPS_PREFIX}GPSLatitude")
    )


def text(image: pyvips.Image, name: str) -> str:
    """A text field, or an empty text where there is none or it cannot be read as text."""
    if not has(image, name):
        return ""
    try:
        value = image.get(name)
    except (UnicodeDecodeError, pyvips.Error):
        return ""
    return value if isinstance(value, str) else ""


def number(image: pyvips.Image, name: str, default: int) -> int:
    """A whole-number field, or the default."""
    if not has(image, name):
        return default
    value = image.get(name)
    return value if isinstance(value, int) else default


def orientation(image: pyvips.Image) -> int:
    """The EXIF orientation, 1 to 8; 1 when there is none or it is nonsense."""
    value = number(image, "orientation", 1)
    return value if 1 <= value <= 8 else 1


def capture_time(image: pyvips.Image) -> datetime | None:
    """When the picture was taken, by the camera's own clock, in UTC where it does not say in which zone that was set.

    None for a date that never was.
    """
    found = (parse_datetime(text(image, when), text(image, offset)) for when, offset in CAPTURE_FIELDS)
    return next(filter(None, found), None)


def has_capture_zone(image: pyvips.Image) -> bool:
    """Whether the picture says in which zone the camera's clock was set when it was taken."""
    return (
        next(
            (parse_offset(text(image, offset)) for when, offset in CAPTURE_FIELDS if parse_datetime(text(image, when))),
            None,
        )
        is not None
    )


def capture_date(image: pyvips.Image) -> date | None:
    """The day when the picture was taken, by the camera's own clock."""
    found = capture_time(image)
    return found.date() if found else None


def exif_text(image: pyvips.Image, name: str) -> str:
    """A text of EXIF without what libvips adds to it."""
    found = text(image, name)
    twice = STORAGE_NOTE.sub("", found)
    once = twice[: (len(twice) - len(" (")) // 2]
    return (once if twice == f"{once} ({once}" else EXIF_NOTE.sub("", found).removesuffix(EMPTY_NOTE)).strip()


def escape_exif_text(words: str) -> str:
    """A text as libvips is to be given it, so that it writes all of it."""
    return words + EMPTY_NOTE if words.endswith(")") else words


def parse_datetime(when: str, offset: str = "") -> datetime | None:
    """The moment that an EXIF date and its offset name, if there is such a moment."""
    found = EXIF_DATETIME.match(when)
    if not found:
        return None
    year, month, day, hour, minute, second = map(int, found.groups())
    try:
        local = datetime(year, month, day, hour, minute, second, tzinfo=parse_offset(offset) or UTC)
        local.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
    return local


def parse_offset(offset: str) -> timezone | None:
    """The zone that an EXIF offset names; None for one that no clock has."""
    found = EXIF_OFFSET.match(offset)
    east = timedelta(hours=int(found[2]), minutes=int(found[3])) if found else MAX_OFFSET
    if east >= MAX_OFFSET or found is None:
        return None
    return timezone(-east if found[1] == "-" else east)


def copy_fields(source: pyvips.Image, target: pyvips.Image) -> pyvips.Image:
    """The target with what the source says beside its pixels."""
    wanted = [name for name in field_names(source) if is_metadata(name) or name in COPIED_FIELDS]
    target = set_fields(target.copy(xres=source.xres, yres=source.yres), source, wanted)
    # A block of EXIF brings all its fields, also those that the source has dropped since, such as the orientation.
    return remove_fields(target, [name for name in field_names(target) if is_metadata(name) and name not in wanted])


def set_fields(target: pyvips.Image, source: pyvips.Image, wanted: list[str]) -> pyvips.Image:
    """A copy of the target with these fields of the source."""
    target = target.copy()
    for name in wanted:
        value = pyvips.GValue()
        vips_lib.vips_image_get(source.pointer, encode_name(name), value.pointer)
        vips_lib.vips_image_set(target.pointer, encode_name(name), value.pointer)
    return target


def set_print_resolution(image: pyvips.Image, pixels: float) -> pyvips.Image:
    """The picture with its resolution on paper, `pixels` a millimetre, unless it has one or the value says nothing."""
    dpi = pixels * MILLIMETRES_PER_INCH
    if has(image, PAGE_DPI) or not CREDIBLE_DPI[0] <= dpi <= CREDIBLE_DPI[1]:
        return image
    image = image.copy()
    image.set_type(pyvips.GValue.gdouble_type, PAGE_DPI, dpi)
    return image


def scale_resolution(image: pyvips.Image, factor: float) -> pyvips.Image:
    """A picture that has become so many times larger; on paper it stays as large as it was."""
    if has(image, PAGE_DPI):
        image = image.copy()
        image.set_type(pyvips.GValue.gdouble_type, PAGE_DPI, image.get(PAGE_DPI) * factor)
    return image


def split_frames(roll: pyvips.Image) -> list[pyvips.Image]:
    """The frames of a roll; of a single picture itself."""
    height = number(roll, "page-height", roll.height)
    bare = remove_fields(roll, ["page-height"])
    return [bare.crop(0, top, roll.width, height) for top in range(0, roll.height, height)]


def set_page_count(image: pyvips.Image, pages: int) -> pyvips.Image:
    """The picture as the first of so many pages."""
    image = image.copy()
    image.set_type(pyvips.GValue.gint_type, "n-pages", pages)
    return image


def build_strip(frames: list[pyvips.Image]) -> pyvips.Image:
    """Frames of one size as libvips saves them, one below the other; a single one stays a picture."""
    if len(frames) == 1:
        return frames[0]
    roll = pyvips.Image.arrayjoin(frames, across=1)
    roll.set_type(pyvips.GValue.gint_type, "page-height", frames[0].height)
    return roll


def join_strips(rolls: list[pyvips.Image], height: int) -> pyvips.Image:
    """Rolls of frames of that height as one roll."""
    if len(rolls) == 1:
        return rolls[0]
    roll = reduce(lambda above, below: above.join(below, "vertical"), rolls)
    roll.set_type(pyvips.GValue.gint_type, "page-height", height)
    return roll


def remove_fields(image: pyvips.Image, fields: list[str]) -> pyvips.Image:
    """A copy of the picture without these fields."""
    image = image.copy()
    for field in fields:
        vips_lib.vips_image_remove(image.pointer, encode_name(field))
    return image


def remove_outdated(image: pyvips.Image) -> pyvips.Image:
    """The picture without what is no longer true of it once it has been turned and changed."""
    outdated = [OLD_THUMBNAIL, "orientation", ORIENTATION, "gainmap-data", PHOTOSHOP, *PALETTE_FIELDS]
    image = remove_fields(image, [*outdated, MAKER_NOTE_FIELD] if has_maker_note_thumbnail(image) else outdated)
    image = rewrite_block(image, IPTC, iptc.remove_copies)
    return rewrite_block(image, XMP, lambda packet: xmp.remove_outdated(XMP_ORIENTATION.sub(rb"\g<1>1", packet)))


def has_maker_note_thumbnail(image: pyvips.Image) -> bool:
    """Whether the note of the camera's maker, which nobody else can change, holds a small copy of the picture."""
    block = (
        bytes(image.get(EXIF)).removeprefix(EXIF_SIGNATURE)
        if has(image, MAKER_NOTE_FIELD) and has(image, EXIF)
        else b""
    )
    return JPEG_SIGNATURE in follow_tags(block, EXIF_TAG, MAKER_NOTE_TAG)


def strip_metadata(image: pyvips.Image, keep: frozenset[str]) -> pyvips.Image:
    """The picture without metadata, except for what is kept: copyright, orientation, profile."""
    kept = set(STRUCTURAL_FIELDS)
    if "profile" not in keep:
        kept.discard(PROFILE)
    if "copyright" in keep:
        kept.update(RIGHTS_FIELDS)
    image = remove_fields(image, [name for name in field_names(image) if is_metadata(name) and name not in kept])
    if "orientation" in keep:
        image.set_type(pyvips.GValue.gint_type, "orientation", 1)
    return image


def remove_place(image: pyvips.Image) -> pyvips.Image:
    """The picture without coordinates; everything else that it says stays."""
    image = remove_fields(
        image, [name for name in field_names(image) if name.startswith(GPS_PREFIX) or mentions_place(image, name)]
    )
    return rewrite_block(image, XMP, xmp.remove_place)


def mentions_place(image: pyvips.Image, name: str) -> bool:
    """Whether a field is a comment, or a text of a PNG, that speaks of coordinates."""
    if name.startswith(PNG_TEXT_PREFIX):
        return xmp.may_mention_place(png_text.decode_text(bytes(image.get(name))))
    return name.startswith(COMMENT_PREFIX) and xmp.may_mention_place(bytes(image.get(name)))


def rewrite_block(image: pyvips.Image, name: str, change: Callable[[bytes], bytes]) -> pyvips.Image:
    """The picture with a block of bytes changed, or without it where nothing is left."""
    if not has(image, name):
        return image
    block = change(bytes(image.get(name)))
    image = remove_fields(image, [name])
    if block:
        image.set_type(pyvips.GValue.blob_type, name, block)
    return image


def is_metadata(name: str) -> bool:
    """Whether a field says something about the picture rather than being part of it."""
    return name.startswith(
        ("exif-", "xmp-", "iptc-", PNG_COMMENT_PREFIX, PNG_TEXT_PREFIX, "icc-", "photoshop-", "heif-", COMMENT_PREFIX)
    ) or name in (
        "orientation",
        "gif-comment",
        "image-description",
        "magickprofile-8bim",
        OLD_THUMBNAIL,
    )
