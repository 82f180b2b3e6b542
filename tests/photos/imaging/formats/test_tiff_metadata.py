"""Each page of a TIFF says for itself when, where and by whom it was made."""

import pikepdf
import pytest

from photos.imaging import pipeline
from photos.imaging.formats import FORMATS, Saving
from photos.imaging.formats.metadata import exif, vips_fields
from photos.imaging.formats.tiff.page import read_directory_offsets
from tests.photos.imaging import pictures

RESIZE = {"operation": "resize", "options": {"longest_edge": 40}}
RDF = b'<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><!-- %d --></rdf:RDF>'
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">' + RDF + b"</x:xmpmeta>"


def page(number):
    """A page with words of its own in EXIF, GPS and XMP; the second says nothing."""
    if number == 2:
        return pictures.corners()
    return pictures.with_fields(
        pictures.corners(),
        exif_ifd0_Artist=f"Ana {number}",
        exif_ifd0_ImageDescription=f"Sheet {number}",
        exif_ifd2_DateTimeOriginal=f"202{number}:01:01 10:00:00",
        exif_ifd3_GPSLatitude=f"{number}/1 30/1 0/1",
        xmp_data=XMP % number,
    )


@pytest.fixture
def album(tmp_path):
    """Three pages."""
    files = [tmp_path / f"{number}.tif" for number in (1, 2, 3)]
    tiff = FORMATS["tiff"]
    for number, file in enumerate(files, start=1):
        tiff.save(page(number), file, Saving("tiff"))
    tiff.join(files, tmp_path / "album", Saving("tiff"), None, lambda: None)
    return tmp_path / "album"


def said(path, place):
    """Artist, title, date and latitude of a page, as they stand in the file."""
    found = exif.read_description(path, place)
    tags = [found.main.get(315), found.main.get(270), found.exif.get(36867)]
    texts = [tag.value.rstrip(b"\0").decode() for tag in tags if tag]
    return texts + [found.gps[2].value[0] for _ in found.gps if 2 in found.gps][:1]


def directories(path):
    return [place for place, _ in read_directory_offsets(path, path.stat().st_mtime_ns)]


def test_what_each_page_says_comes_along_when_it_is_encoded_anew(tmp_path, album):
    path = pipeline.process(album, "tiff", [RESIZE], tmp_path, "out").path

    assert [said(path, place) for place in directories(path)] == [
        ["Ana 1", "Sheet 1", "2021:01:01 10:00:00", 1],
        [],
        ["Ana 3", "Sheet 3", "2023:01:01 10:00:00", 3],
    ]
    assert pictures.load(path, page=2).get(vips_fields.XMP) == XMP % 3
    assert pictures.load(path, page=2).width == 40


def test_no_page_says_anything_after_stripping(tmp_path, album):
    path = pipeline.process(album, "tiff", [RESIZE, {"operation": "strip-metadata"}], tmp_path, "out").path

    assert [said(path, place) for place in directories(path)] == [[], [], []]
    assert b"Ana" not in path.read_bytes()


def test_the_place_alone_goes_from_every_page(tmp_path, album):
    strip = {"operation": "strip-metadata", "options": {"only": "gps"}}
    path = pipeline.process(album, "tiff", [strip], tmp_path, "out").path

    assert said(path, directories(path)[2]) == ["Ana 3", "Sheet 3", "2023:01:01 10:00:00"]


def test_a_document_made_of_pages_says_what_the_first_one_does(tmp_path, album):
    convert = {"operation": "convert", "options": {"format": "pdf"}}
    path = pipeline.process(album, "tiff", [convert], tmp_path, "out").path

    with pikepdf.open(path) as pdf:
        assert pdf.docinfo["/Author"] == "Ana 1"
