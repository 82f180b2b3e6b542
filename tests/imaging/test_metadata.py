"""What a file says beside its picture is kept, until somebody asks for it to go."""

import pytest

from photos import pipeline
from photos.formats import metadata
from tests.imaging import pictures

PLACE = {"exif-ifd3-GPSLatitude": "52/1 30/1 0/1", "exif-ifd3-GPSLongitude": "13/1 24/1 0/1"}
CAMERA = {"exif-ifd0-Make": "Pinhole", "exif-ifd2-DateTimeOriginal": "2023:09:25 08:33:30"}
OWNER = {"exif-ifd0-Copyright": "Ana", "exif-ifd0-Artist": "Ana A."}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="6"/><city>Berlin</city></x:xmpmeta>'


def told(tmp_path, *steps, format="jpeg", **fields):
    """The fields of the output of a picture with these fields."""
    source = pictures.save(pictures.with_fields(pictures.corners(), **fields), tmp_path / "source", format)
    made = pipeline.process(source, format, steps, tmp_path, "out")
    picture = pictures.opened(made.path)
    return {name: picture.get(name) for name in picture.get_fields()}


def strip(*keep):
    return {"operation": "strip-metadata", "options": {"keep": list(keep)}}


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif"])
def test_place_date_and_camera_are_kept(tmp_path, format):
    fields = told(tmp_path, format=format, **PLACE, **CAMERA, **OWNER)

    for name, value in (CAMERA | OWNER).items():
        assert fields[name].startswith(value)
    assert "exif-ifd3-GPSLatitude" in fields


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif"])
def test_stripping_leaves_nothing(tmp_path, format):
    fields = told(tmp_path, strip(), format=format, **PLACE, **CAMERA, **OWNER, xmp_data=XMP, iptc_data=b"Berlin")

    assert [name for name in fields if name.startswith(("exif-ifd", "xmp", "iptc", "icc"))] == []


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif"])
def test_stripping_can_keep_the_copyright_alone(tmp_path, format):
    fields = told(tmp_path, strip("copyright"), format=format, **PLACE, **CAMERA, **OWNER, xmp_data=XMP)

    assert fields["exif-ifd0-Copyright"].startswith("Ana ")
    assert fields["exif-ifd0-Artist"].startswith("Ana A.")
    assert not [name for name in fields if "GPS" in name or "Make" in name or "Original" in name or "xmp" in name]


@pytest.mark.parametrize("steps", [(), (strip("orientation"),), (strip(),)])
def test_the_orientation_never_turns_a_picture_twice(tmp_path, steps):
    source = pictures.turned(tmp_path / "source", 6)

    made = pipeline.process(source, "jpeg", steps, tmp_path, "out")

    picture = pictures.opened(made.path)
    assert picture.get_typeof("orientation") == 0 or picture.get("orientation") == 1
    assert pictures.is_upright(picture)


def test_keeping_the_orientation_says_that_the_picture_is_upright(tmp_path):
    assert told(tmp_path, strip("orientation"))["orientation"] == 1


def test_other_metadata_does_not_contradict_it_either(tmp_path):
    fields = told(tmp_path, xmp_data=XMP)

    assert b'tiff:Orientation="1"' in fields["xmp-data"]
    assert b"Berlin" in fields["xmp-data"]


def test_the_camera_s_own_small_picture_does_not_survive_a_change(tmp_path):
    small = pictures.corners(32, 20).jpegsave_buffer()

    assert "jpeg-thumbnail-data" not in told(tmp_path, jpeg_thumbnail_data=small, **CAMERA)


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "tiff"])
def test_a_text_with_odd_bytes_in_its_name_stops_nothing(tmp_path, format):
    source = pictures.with_odd_text(pictures.save(pictures.corners(), tmp_path / "source", "png"))
    convert = {"operation": "convert", "options": {"format": format}}

    for steps in ([convert], [convert, strip()], [convert, strip("copyright")]):
        made = pipeline.process(source, "png", steps, tmp_path, "out")
        assert pictures.is_upright(pictures.opened(made.path))


def test_odd_names_of_fields_can_be_listed_and_removed(tmp_path):
    path = pictures.with_odd_text(pictures.save(pictures.corners(), tmp_path / "source", "png"))
    picture = pictures.pyvips.Image.pngload(str(path))
    odd = [name for name in metadata.names(picture) if name.startswith("png-comment-")]

    assert len(odd) == 1
    assert not set(odd) & set(metadata.names(metadata.removed(picture, odd)))
