"""Camera raw files like those of real cameras, with pixels of our own: no camera's file may be copied here."""

import struct
from pathlib import Path

from tests.photos.imaging import pictures

BYTE, ASCII, SHORT, LONG, RATIONAL, SIGNED = 1, 2, 3, 4, 5, 10
LETTERS = {BYTE: "B", SHORT: "H", LONG: "I", RATIONAL: "II", SIGNED: "ii"}
IDENTITY = [1, 1, 0, 1, 0, 1, 0, 1, 1, 1, 0, 1, 0, 1, 0, 1, 1, 1]


class Tiff:
    """The bytes of a TIFF while it is put together."""

    def __init__(self, magic: bytes = b"II*\0") -> None:
        self.bytes = bytearray(magic + bytes(4))

    def put(self, data: bytes) -> int:
        """Append bytes; where they begin."""
        self.bytes += bytes(len(self.bytes) % 2)
        self.bytes += data
        return len(self.bytes) - len(data)

    def directory(self, tags: dict[int, tuple[int, object]]) -> int:
        """Append a directory of (type, value or values); where it begins."""
        entries = b""
        for number, (type, value) in sorted(tags.items()):
            if type == ASCII:
                packed, count = str(value).encode() + b"\0", len(str(value).encode()) + 1
            else:
                values = list(value) if isinstance(value, list | tuple) else [value]
                packed = struct.pack(f"<{len(values)}{LETTERS[type][0]}", *values)
                count = len(values) // len(LETTERS[type])
            stored = packed.ljust(4, b"\0") if len(packed) <= 4 else struct.pack("<I", self.put(packed))
            entries += struct.pack("<HHI", number, type, count) + stored
        return self.put(struct.pack("<H", len(tags)) + entries + bytes(4))

    def first(self, start: int) -> None:
        """Say where the first directory is."""
        self.bytes[4:8] = struct.pack("<I", start)


def camera_jpeg(width: int = 96, height: int = 64) -> bytes:
    """The corners, as a camera puts them into its raw file."""
    return pictures.corners(width, height).jpegsave_buffer(Q=95, subsample_mode="off")


def write_dng(path: Path, preview: bytes | None, orientation: int = 1, sensor: tuple[int, int] = (96, 64)) -> Path:
    """A DNG: the camera's own picture in the first directory, and what its sensor saw, in grey, in another."""
    tiff = Tiff()
    exif = tiff.directory({36867: (ASCII, "2023:09:25 08:33:30"), 37386: (RATIONAL, [35, 1])})
    gps = tiff.directory({1: (ASCII, "N"), 2: (RATIONAL, [52, 1, 30, 1, 0, 1])})
    main = {
        254: (LONG, 1),
        271: (ASCII, "Pinhole"),
        272: (ASCII, "Pinhole 35 Jörg"),
        274: (SHORT, orientation),
        330: (LONG, put_mosaic(tiff, *sensor)),
        33432: (ASCII, "Ana"),
        34665: (LONG, exif),
        34853: (LONG, gps),
        50706: (BYTE, [1, 4, 0, 0]),
        50708: (ASCII, "Pinhole 35"),
        50721: (SIGNED, IDENTITY),
        50728: (RATIONAL, [1, 1, 1, 1, 1, 1]),
        50778: (SHORT, 21),
    }
    if preview is not None:
        picture = pictures.pyvips.Image.jpegload_buffer(preview)
        main |= {
            256: (LONG, picture.width),
            257: (LONG, picture.height),
            258: (SHORT, [8, 8, 8]),
            259: (SHORT, 7),
            262: (SHORT, 6),
            273: (LONG, tiff.put(preview)),
            277: (SHORT, 3),
            278: (LONG, picture.height),
            279: (LONG, len(preview)),
        }
    tiff.first(tiff.directory(main))
    path.write_bytes(tiff.bytes)
    return path


def put_mosaic(tiff: Tiff, width: int, height: int) -> int:
    """The directory of a sensor's pixels, bright above and dark below; where it begins."""
    rows = [[3000 if y < height // 2 else 500] * width for y in range(height)]
    pixels = b"".join(struct.pack(f"<{width}H", *row) for row in rows)
    return tiff.directory(
        {
            254: (LONG, 0),
            256: (LONG, width),
            257: (LONG, height),
            258: (SHORT, 16),
            259: (SHORT, 1),
            262: (SHORT, 32803),
            273: (LONG, tiff.put(pixels)),
            277: (SHORT, 1),
            278: (LONG, height),
            279: (LONG, len(pixels)),
            33421: (SHORT, [2, 2]),
            33422: (BYTE, [0, 1, 1, 2]),
            50714: (SHORT, 0),
            50717: (LONG, 4095),
        }
    )


def write_raf(path: Path, preview: bytes) -> Path:
    """A Fuji raw file: no TIFF at all, but a header and the camera's own picture."""
    path.write_bytes(b"FUJIFILMCCD-RAW 0201".ljust(160, b"\0") + preview + bytes(range(256)) * 40)
    return path


def write_cr3(path: Path, preview: bytes, orientation: int = 1, index: str = "") -> Path:
    """A Canon CR3: boxes, of which some hold a small TIFF; `index`: R03 says that its colours are Adobe RGB."""
    main, exif = Tiff(), Tiff()
    main.first(main.directory({271: (ASCII, "Pinhole"), 274: (SHORT, orientation)}))
    told: dict[int, tuple[int, object]] = {36867: (ASCII, "2023:09:25 08:33:30")}
    told |= {40965: (LONG, exif.directory({1: (ASCII, index)}))} if index else {}
    exif.first(exif.directory(told))
    boxes = [
        iso_box(b"ftyp", b"crx \0\0\0\1crx isom"),
        iso_box(b"CMT1", bytes(main.bytes)),
        iso_box(b"CMT2", bytes(exif.bytes)),
    ]
    path.write_bytes(b"".join([*boxes, iso_box(b"mdat", preview)]))
    return path


def iso_box(name: bytes, content: bytes) -> bytes:
    """A box of an ISO base media file."""
    return struct.pack(">I", len(content) + 8) + name + content


def write_dng_like(path: Path, magic: bytes) -> Path:
    """A raw file that is a TIFF but for its first bytes, as Panasonic's and Olympus' are."""
    content = bytearray(write_dng(path, camera_jpeg()).read_bytes())
    content[:4] = magic
    path.write_bytes(content)
    return path
