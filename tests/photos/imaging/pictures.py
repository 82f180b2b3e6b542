"""Small pictures for tests: four corners of unlike colours, so that any turn or flip shows."""

import zlib
from pathlib import Path
from typing import Any

import pyvips

from photos.imaging.formats.tiff.pages import TiffWriter

CORNERS = {
    "top left": (220, 30, 30),
    "top right": (30, 200, 30),
    "bottom left": (30, 30, 220),
    "bottom right": (230,) * 3,
}
# What the file holds when a camera writes this orientation for a picture that is upright as it stands.
STORAGE_TURNS = {
    1: lambda image: image,
    2: lambda image: image.fliphor(),
    3: lambda image: image.rot180(),
    4: lambda image: image.flipver(),
    5: lambda image: image.rot90().fliphor(),
    6: lambda image: image.rot270(),
    7: lambda image: image.rot270().fliphor(),
    8: lambda image: image.rot90(),
}
SAVERS = {
    "jpeg": ("jpegsave", {"Q": 95, "subsample_mode": "off"}),
    "png": ("pngsave", {}),
    "webp": ("webpsave", {"lossless": True}),
    "avif": ("heifsave", {"compression": "av1", "effort": 0, "Q": 90}),
    "tiff": ("tiffsave", {}),
    "gif": ("gifsave", {}),
}
FORMATS = tuple(SAVERS)


def corners(width: int = 96, height: int = 64) -> pyvips.Image:
    """The picture with four coloured corners."""

    def part(name: str) -> pyvips.Image:
        return pyvips.Image.black(width // 2, height // 2, bands=3).linear(1, list(CORNERS[name])).cast("uchar")

    parts = [part(name) for name in CORNERS]
    return pyvips.Image.arrayjoin(parts, across=2).copy(interpretation="srgb")


def with_fields(image: pyvips.Image, **fields: str | int | bytes) -> pyvips.Image:
    """The picture with metadata; an underscore in a name stands for a hyphen."""
    image = image.copy()
    kinds = {str: pyvips.GValue.gstr_type, int: pyvips.GValue.gint_type, bytes: pyvips.GValue.blob_type}
    for name, value in fields.items():
        image.set_type(kinds[type(value)], name.replace("_", "-"), value)
    return image


def save(image: pyvips.Image, path: Path, format: str = "jpeg", **options: Any) -> Path:
    """Write the picture in that format, whatever the name says."""
    saver, defaults = SAVERS[format]
    getattr(image, saver)(str(path), **(defaults | options))
    return path


def save_turned(path: Path, orientation: int, format: str = "jpeg", width: int = 96, height: int = 64) -> Path:
    """A file with that orientation tag whose picture is upright when it is obeyed."""
    return save(with_fields(STORAGE_TURNS[orientation](corners(width, height)), orientation=orientation), path, format)


def save_animation(path: Path, format: str = "gif", frames: int = 3, width: int = 48, height: int = 32) -> Path:
    """A moving picture, each frame another grey."""
    shades = [pyvips.Image.black(width, height, bands=3).linear(1, 40 * n).cast("uchar") for n in range(1, frames + 1)]
    roll = pyvips.Image.arrayjoin(shades, across=1).copy(interpretation="srgb")
    roll = with_fields(roll, page_height=height, loop=0)
    roll.set_type(pyvips.GValue.array_int_type, "delay", [100 * (n + 1) for n in range(frames)])
    return save(roll, path, format)


def transparent(width: int = 96, height: int = 64) -> pyvips.Image:
    """The corners, with the left half seen through."""
    left = pyvips.Image.black(width // 2, height)
    right = left.linear(1, 255).cast("uchar")
    return corners(width, height).bandjoin(left.join(right, "horizontal"))


def with_hole(width: int = 96, height: int = 64) -> pyvips.Image:
    """The corners, with a hole in the middle."""
    hole = pyvips.Image.black(width // 3, height // 3)
    whole = pyvips.Image.black(width, height).linear(1, 255, uchar=True)
    return corners(width, height).bandjoin(whole.insert(hole, width // 3, height // 3))


def deep(width: int = 96, height: int = 64) -> pyvips.Image:
    """The corners with 16 bits, in values that 8 bits do not have."""
    return (corners(width, height).cast("ushort") * 256 + 77).cast("ushort").copy(interpretation="rgb16")


def grey(width: int = 96, height: int = 64, alpha: bool = False, deep: bool = False) -> pyvips.Image:
    """The corners without colour, perhaps with the left half seen through, perhaps with 16 bits."""
    picture = corners(width, height).colourspace("b-w")
    if alpha:
        picture = picture.bandjoin(transparent(width, height)[3])
    return picture if not deep else (picture.cast("ushort") * 257).cast("ushort").copy(interpretation="grey16")


def save_corner_pages(path: Path, sizes: list[tuple[int, int]]) -> Path:
    """A TIFF whose pages are the corners in these sizes."""
    return save_pages(path, [corners(*size) for size in sizes])


def save_pages(path: Path, images: list[pyvips.Image]) -> Path:
    """A TIFF with these pages."""
    single = path.with_suffix(".single")
    with path.open("w+b") as file:
        writer = TiffWriter(file, len(images))
        for image in images:
            writer.add(save(image, single, "tiff"))
    single.unlink()
    return path


def load(path: Path, **options: Any) -> pyvips.Image:
    """The picture of a file, every pixel decoded."""
    return pyvips.Image.new_from_file(str(path), fail_on="error", **options).copy_memory()


def corner_names(image: pyvips.Image) -> list[str]:
    """Which corner's colour each corner of the picture shows, from the top left to the bottom right."""

    def nearest(x: int, y: int) -> str:
        found = image(x, y)[:3] if image.bands > 2 else image(x, y)[:1] * 3
        return min(CORNERS, key=lambda name: sum(abs(a - b) for a, b in zip(CORNERS[name], found, strict=True)))

    right, bottom = image.width * 7 // 8, image.height * 7 // 8
    return [nearest(x, y) for y in (image.height // 8, bottom) for x in (image.width // 8, right)]


def is_upright(image: pyvips.Image) -> bool:
    """Whether every corner is where it belongs."""
    return corner_names(image) == list(CORNERS)


def png_chunk(name: bytes, data: bytes) -> bytes:
    """A chunk of a PNG with its check sum."""
    return len(data).to_bytes(4) + name + data + zlib.crc32(name + data).to_bytes(4)


def add_odd_text(path: Path) -> Path:
    """The PNG with a text whose key is not UTF-8."""
    content = path.read_bytes()
    after_header = 8 + 25
    path.write_bytes(content[:after_header] + png_chunk(b"tEXt", b"Ti\x94le\0x") + content[after_header:])
    return path
