"""Small real pictures, and multipart bodies of uploads."""

from itertools import count

import pyvips

BOUNDARY = "a-boundary"
seeds = count(1)


def picture(suffix: str, width: int = 32, height: int = 24) -> bytes:
    """A picture with unique bytes, in the format of that suffix."""
    seed = next(seeds)
    colour = [seed % 251, seed // 251 % 251, 90]
    canvas = pyvips.Image.black(width, height, bands=3).copy(interpretation="srgb")
    content: bytes = canvas.linear(1, colour).cast("uchar").write_to_buffer(suffix)
    # Compression may drop small differences between colours; decoders ignore bytes behind the end.
    return content + str(seed).encode() if suffix == ".jpg" else content


def jpeg(width: int = 32, height: int = 24) -> bytes:
    """A JPEG with unique bytes."""
    return picture(".jpg", width, height)


def dated_jpeg(when: str, offset: str = "") -> bytes:
    """A JPEG with a time in its EXIF, and a zone if one is given."""
    dated = pyvips.Image.new_from_buffer(jpeg(), "")
    fields = {"DateTimeOriginal": when} | ({"OffsetTimeOriginal": offset} if offset else {})
    for field, value in fields.items():
        dated.set_type(pyvips.GValue.gstr_type, f"exif-ifd2-{field}", value)
    content: bytes = dated.jpegsave_buffer()
    return content


def multipart(*parts: tuple[str, bytes, str | None]) -> tuple[bytes, str]:
    """A body and its content type, from parts (field name, content, file name). Names are not escaped."""
    pieces = []
    for field, content, name in parts:
        file_name = "" if name is None else f'; filename="{name}"'
        pieces.append(part(f'form-data; name="{field}"{file_name}', content))
    return join_parts(*pieces)


def part(disposition: str, content: bytes) -> bytes:
    """The bytes of a part with that Content-Disposition."""
    return f"--{BOUNDARY}\r\nContent-Disposition: {disposition}\r\n\r\n".encode() + content + b"\r\n"


def join_parts(*parts: bytes) -> tuple[bytes, str]:
    """A body of these parts, and its content type."""
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"
