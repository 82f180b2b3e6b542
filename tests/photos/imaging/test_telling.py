"""What cannot be kept is told: transparency, depth, profiles, frames, pages, metadata."""

from pathlib import Path

import pytest

from photos.imaging import pipeline
from photos.imaging.formats import FORMATS, Saving
from tests.photos.imaging import pictures

HEIC = Path(__file__).parent / "files"
CMYK = pictures.corners().icc_transform("cmyk")
DEEP_CMYK = pictures.corners().icc_transform("cmyk", depth=16)
P3 = pictures.corners().icc_transform("p3")
TAKEN = {"exif-ifd2-DateTimeOriginal": "2023:09:25 08:33:30"}


def notes(tmp_path, picture, format, target):
    """What is told when the picture, a file of that format, is converted."""
    if isinstance(picture, Path):
        source = picture
    else:
        source = tmp_path / "source"
        FORMATS[format].save(picture, source, Saving(format))
    convert = {"operation": "convert", "options": {"format": target}}
    return list(pipeline.process(source, format, [convert], tmp_path, "out").notes)


@pytest.mark.parametrize(
    ("picture", "format", "target", "told"),
    [
        (pictures.corners(), "png", "jpeg", []),
        (pictures.transparent(), "png", "webp", []),
        (pictures.transparent(), "png", "jpeg", ["Transparency became white: JPEG has none"]),
        (pictures.deep(), "tiff", "png", []),
        (pictures.deep(), "png", "tiff", []),
        (pictures.deep(), "png", "jpeg", ["16 bits a colour became 8: JPEG has no more"]),
        (pictures.deep(), "png", "avif", ["16 bits a colour became 10: AVIF has no more"]),
        (HEIC / "deep.heic", "heic", "avif", []),
        (HEIC / "deep.heic", "heic", "webp", ["10 bits a colour became 8: WebP has no more"]),
        (HEIC / "hdr.heic", "heic", "png", ["HDR was converted to the brightness range of an ordinary screen"]),
        (CMYK, "tiff", "png", ["CMYK became RGB"]),
        (DEEP_CMYK, "tiff", "png", ["CMYK became RGB"]),
        (DEEP_CMYK, "tiff", "jpeg", ["CMYK became RGB", "16 bits a colour became 8: JPEG has no more"]),
        (P3, "jpeg", "webp", []),
        (P3, "jpeg", "gif", ["Colours were converted to sRGB: GIF holds no profile"]),
        (
            pictures.with_fields(pictures.corners(), **TAKEN),
            "jpeg",
            "gif",
            ["Date, camera and place were left out: GIF holds none"],
        ),
    ],
)
def test_what_a_format_cannot_hold_is_told(tmp_path, picture, format, target, told):
    assert notes(tmp_path, picture, format, target) == told


def test_what_any_page_loses_is_told_once(tmp_path):
    source = pictures.save_pages(tmp_path / "source", [pictures.corners(), CMYK, pictures.deep(), CMYK])

    def told(target):
        convert = {"operation": "convert", "options": {"format": target}}
        return pipeline.process(source, "tiff", [convert], tmp_path, "out").notes

    assert told("pdf") == ("CMYK became RGB", "16 bits a colour became 8: PDF has no more")
    assert told("tiff") == ("CMYK became RGB",)
    assert told("jpeg") == ("Only the first of 4 pages: JPEG holds one",)


def test_frames_that_are_left_out_are_told(tmp_path):
    moving = pictures.save_animation(tmp_path / "moving", frames=3)

    assert notes(tmp_path, moving, "gif", "webp") == []
    assert notes(tmp_path, moving, "gif", "jpeg")[0] == "Only the first of 3 frames: JPEG does not move"


def test_ten_bits_stay_ten_in_avif(tmp_path):
    convert = {"operation": "convert", "options": {"format": "avif", "quality": 100}}

    made = pipeline.process(HEIC / "deep.heic", "heic", [convert], tmp_path, "out")

    picture = pictures.load(made.path)
    assert (picture.format, picture.get("bits-per-sample")) == ("ushort", 10)
    assert pictures.load(pipeline.process(made.path, "avif", [], tmp_path, "again").path).format == "ushort"
