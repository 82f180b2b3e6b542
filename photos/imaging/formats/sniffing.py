"""Recognises files by their first bytes, never by their name or by what a browser says."""

import mmap
import struct
from pathlib import Path

from photos.imaging.formats.metadata.ifd import (
    Bytes,
    byte_order,
    first_directory_offset,
    is_classic_tiff,
    read_directory,
)

SNIFFED_BYTES = 4096  # from the start of the file
PDF_HEADER_BYTES = 1024  # ISO 32000-1, annex H: readers accept a header anywhere in the first 1024 bytes

AVIF_BRANDS = {b"avif", b"avis"}
HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
STILL_BRANDS = {b"mif1", b"msf1"}  # HEIF of any coding; a compatible brand names it
RAW_BRANDS = {b"crx "}  # Canon CR3

TIFF_STARTS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
RAW_STARTS = (
    b"FUJIFILMCCD-RAW",
    b"IIU\0",  # Panasonic RW2
    b"IIRO",  # Olympus ORF
    b"IIRS",
    b"MMOR",
    b"\0MRM",  # Minolta MRW
    b"FOVb",  # Sigma X3F
    b"II\x1a\0\0\0HEAPCCDR",  # Canon CRW
)
DNG_VERSION = 0xC612  # the TIFF tag that every DNG has in its first directory
MAKE = 0x010F
SUB_IFDS = 0x014A
NEW_SUBFILE_TYPE = 0x00FE
COMPRESSION, PHOTOMETRIC = 0x0103, 0x0106
# How makers encode sensor data: Sony, Samsung, Nikon, Kodak, Pentax (TIFF tag 259).
RAW_COMPRESSIONS = {32767, 32769, 32770, 34713, 65000, 65535}
RAW_PHOTOMETRICS = {32803, 34892}  # colour filter array, linear raw (TIFF/EP, DNG)


def sniff(path: Path) -> str | None:
    """The format by content: jpeg, png, webp, avif, heic, tiff, gif, jxl, pdf, raw; None for anything else."""
    with path.open("rb") as file:
        start = file.read(SNIFFED_BYTES)
        format = recognise(start)
        if format != "tiff":
            return format
        # The first directory may lie anywhere in the file.
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return "raw" if is_raw(data) else "tiff"


def recognise(start: bytes) -> str | None:
    if start.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if start.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "webp"
    if start[:6] in (b"GIF87a", b"GIF89a"):
        return "gif"
    if start[4:8] == b"ftyp":
        return recognise_boxes(start)
    if start.startswith((b"\xff\x0a", b"\0\0\0\x0cJXL \r\n\x87\n")):
        return "jxl"
    if start.startswith(RAW_STARTS) or start[:10] == b"II*\0\x10\0\0\0CR":
        return "raw"
    if start.startswith(TIFF_STARTS):
        return "tiff"
    if b"%PDF-" in start[:PDF_HEADER_BYTES]:
        return "pdf"
    return None


def recognise_boxes(start: bytes) -> str | None:
    """The format of an ISO base media file, by the brands in its first box (ISO 14496-12, 4.3)."""
    size = int.from_bytes(start[:4])
    major, others = start[8:12], start[16 : max(16, size)]
    brands = [major, *(others[i : i + 4] for i in range(0, len(others) - 3, 4))]
    if major in RAW_BRANDS:
        return "raw"
    if major in AVIF_BRANDS or (major in STILL_BRANDS and AVIF_BRANDS.intersection(brands)):
        return "avif"
    if major in HEIC_BRANDS | STILL_BRANDS:
        return "heic"
    return None


def is_raw(data: Bytes) -> bool:
    """Whether a TIFF is a camera raw file: a DNG, or a small picture with the sensor data in a sub-directory."""
    tags = read_first_directory(data)
    if DNG_VERSION in tags or tags.get(PHOTOMETRIC) in RAW_PHOTOMETRICS:
        return True
    if MAKE in tags and tags.get(COMPRESSION) in RAW_COMPRESSIONS:
        return True
    return MAKE in tags and SUB_IFDS in tags and tags.get(NEW_SUBFILE_TYPE) == 1


def read_first_directory(data: Bytes) -> dict[int, int]:
    """Tag → number in the first directory of a classic TIFF, as far as it lies in the data."""
    if not is_classic_tiff(data):
        return {}
    order = byte_order(data)
    try:
        tags = read_directory(data, order, first_directory_offset(data))
    except struct.error:
        return {}
    return {number: tag.number(order) for number, tag in tags.items()}
