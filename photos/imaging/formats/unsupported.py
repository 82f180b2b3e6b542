"""Identifies common files that are no pictures by their first bytes."""

from pathlib import Path

SUPPORTED_FORMATS = "JPEG, PNG, WebP, AVIF, HEIC, TIFF, GIF, camera raw or PDF"
NO_PICTURE = f"This is not a picture that can be opened: {SUPPORTED_FORMATS}"
INSPECTED_BYTES = 1024
STARTS = (
    (b"BM", "a BMP picture, which cannot be opened: save it as PNG first"),
    (b"PK\x03\x04", "a ZIP archive, not a picture"),
    (b"%!PS", "a PostScript program, not a picture"),
    (b"<?php", "a program, not a picture"),
    (b"#!", "a program, not a picture"),
    (b"MZ", "a program, not a picture"),
    (b"\x7fELF", "a program, not a picture"),
    (b"\0\x05\x16\x07", "a macOS metadata file, not a picture"),
    (b"\0\0\0\x01Bud1", "a macOS folder settings file, not a picture"),
    (b"\xd0\xcf\x11\xe0", "a file of Windows or Office, not a picture"),
    (b"8BPS", "a Photoshop file, which cannot be opened: save it as TIFF, PNG or JPEG first"),
    (b"\x1aE\xdf\xa3", "a video, not a picture"),
)
TAGS = (
    (b"<svg", "an SVG drawing, not a picture: it may run scripts and is never opened"),
    (b"<!doctype html", "a web page, not a picture"),
    (b"<html", "a web page, not a picture"),
)


def explain_file(path: Path) -> str:
    """The sentence that names what a file is instead of a picture."""
    with path.open("rb") as file:
        start = file.read(INSPECTED_BYTES)
    if start[4:8] == b"ftyp" or (start[:4] == b"RIFF" and start[8:11] == b"AVI"):
        return "This is a video, not a picture"
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    names = [words for begin, words in STARTS if start.startswith(begin)]
    names += [words for begin, words in TAGS if text.startswith((begin, b"<?xml")) and begin in text]
    return f"This is {names[0]}" if names else NO_PICTURE
