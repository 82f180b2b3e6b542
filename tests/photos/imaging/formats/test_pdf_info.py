"""What a PDF says about itself survives the steps, goes when a step says so, and can be set."""

import pikepdf
import pypdfium2
import pytest

from photos.imaging import pipeline
from photos.imaging.formats.metadata import xmp
from photos.imaging.formats.pdf import lossless
from tests.photos.imaging import documents, pictures

RESIZE = {"operation": "resize", "options": {"longest_edge": 48}}
STRIP = {"operation": "strip-metadata"}
SAY = {"operation": "set-metadata", "options": {"artist": "Jürgen", "copyright": "© Jürgen", "caption": "Ein Brief"}}
TO_PDF = {"operation": "convert", "options": {"format": "pdf"}}


@pytest.fixture
def book(tmp_path):
    """Two pages of text by an author with an umlaut, with XMP."""
    path = documents.write_text_pdf(tmp_path / "book.pdf", ["One", "Two"])
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        pdf.docinfo["/Author"] = "Zoë"
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
            meta["dc:creator"] = ["Zoë"]
            meta["dc:publisher"] = {"A house"}
        pdf.save(path)
    return path


def told(path):
    """Author and subject, and what XMP says of creator, rights and description."""
    with pikepdf.open(path) as pdf:
        packet = pdf.Root.Metadata.read_bytes() if "/Metadata" in pdf.Root else b""
        info = [str(pdf.docinfo.get(name, "")) for name in ("/Author", "/Subject")]
    return info, [xmp.read_text(packet, place) for place in (xmp.ARTIST, xmp.COPYRIGHT, xmp.CAPTION)], packet


@pytest.mark.parametrize("steps", [[], [RESIZE]], ids=str)
def test_it_survives(tmp_path, book, steps):
    made = pipeline.process(book, "pdf", steps, tmp_path, "out")

    info, (creator, *_), packet = told(made.path)
    assert (info[0], creator) == ("Zoë", "Zoë")
    assert b"A house" in packet
    with pikepdf.open(made.path) as pdf:
        assert str(pdf.docinfo.Title) == "A book"


@pytest.mark.parametrize("steps", [[STRIP], [RESIZE, STRIP]], ids=str)
def test_it_goes(tmp_path, book, steps):
    made = pipeline.process(book, "pdf", steps, tmp_path, "out")

    assert told(made.path) == (["", ""], ["", "", ""], b"")


@pytest.mark.parametrize("steps", [[], [RESIZE]], ids=str)
def test_the_author_stays_where_that_is_wanted(tmp_path, book, steps):
    strip = STRIP | {"options": {"keep": ["copyright"]}}

    made = pipeline.process(book, "pdf", [*steps, strip], tmp_path, "out")

    info, said, packet = told(made.path)
    assert (info, said) == (["Zoë", ""], ["Zoë", "", ""])
    assert b"A house" not in packet


@pytest.mark.parametrize("steps", [[SAY], [RESIZE, SAY], [STRIP, SAY], [RESIZE, STRIP, SAY]], ids=str)
def test_it_can_be_set(tmp_path, book, steps):
    made = pipeline.process(book, "pdf", steps, tmp_path, "out")

    info, said, packet = told(made.path)
    assert info == ["Jürgen", "Ein Brief"]
    assert said == ["Jürgen", "© Jürgen", "Ein Brief"]
    assert (b"A house" in packet) == (STRIP not in steps)


def test_setting_it_leaves_the_pages_as_they_are(tmp_path, book):
    made = pipeline.process(book, "pdf", [SAY], tmp_path, "out")

    with pikepdf.open(made.path) as pdf:
        assert len(pdf.pages[0].Annots) == 1


def test_what_a_photo_says_is_said_by_its_pdf(tmp_path):
    photo = pictures.with_fields(pictures.corners(), exif_ifd0_Artist="Ana", exif_ifd0_ImageDescription="A beach")
    source = pictures.save(photo, tmp_path / "photo.jpg")

    made = pipeline.process(source, "jpeg", [TO_PDF], tmp_path, "out")
    stripped = pipeline.process(source, "jpeg", [TO_PDF, STRIP], tmp_path, "stripped")

    assert told(made.path)[0] == ["Ana", "A beach"]
    assert told(stripped.path)[0] == ["", ""]


def test_what_a_pdf_says_is_said_by_its_picture(tmp_path, book):
    made = pipeline.process(book, "pdf", [{"operation": "convert", "options": {"format": "jpeg"}}], tmp_path, "out")

    picture = pictures.load(made.path)
    assert picture.get("exif-ifd0-Artist").startswith("Zoe")
    assert xmp.read_text(picture.get("xmp-data"), xmp.ARTIST) == "Zoë"


def test_bookmarks_lead_to_the_new_pages(tmp_path, book):
    made = pipeline.process(book, "pdf", [RESIZE], tmp_path, "out")

    with pypdfium2.PdfDocument(made.path) as document:
        found = [(mark.get_title(), mark.get_dest().get_index()) for mark in document.get_toc()]
    assert found == [("Chapter 1", 0), ("Chapter 2", 1)]


def test_the_written_file_has_no_fault_that_a_checker_finds(tmp_path, book):
    made = pipeline.process(book, "pdf", [RESIZE], tmp_path, "out")

    with pikepdf.open(made.path) as pdf:
        assert pdf.check_pdf_syntax() == []


@pytest.mark.parametrize("steps", [[], [RESIZE], [{"operation": "border"}]], ids=str)
def test_xmp_that_cannot_be_read_stays_as_it_is(tmp_path, book, steps):
    with pikepdf.open(book, allow_overwriting_input=True) as pdf:
        pdf.Root.Metadata = pdf.make_stream(b"<x no XMP")
        del pdf.docinfo
        pdf.save(book, fix_metadata_version=False)

    assert told(pipeline.process(book, "pdf", steps, tmp_path, "out").path)[2] == b"<x no XMP"


@pytest.mark.parametrize("steps", [[], [{"operation": "border"}]], ids=str)
def test_what_may_hold_a_place_and_cannot_be_read_goes(tmp_path, book, steps):
    with pikepdf.open(book, allow_overwriting_input=True) as pdf:
        pdf.Root.Metadata = pdf.make_stream(b'<x GPSLatitude="48,8N"')
        del pdf.docinfo
        pdf.save(book, fix_metadata_version=False)
    step = {"operation": "strip-metadata", "options": {"only": "gps"}}

    made = pipeline.process(book, "pdf", [*steps, step], tmp_path, "out")

    assert b"48,8N" not in told(made.path)[2]


def test_places_go_from_the_document_and_from_the_photos_inside(tmp_path):
    photo = pictures.with_fields(pictures.corners(), exif_ifd3_GPSLatitude="48/1 8/1 0/1", exif_ifd0_Artist="Ana")
    source = documents.write_scan_pdf(tmp_path / "scan.pdf", [pictures.save(photo, tmp_path / "photo.jpg")])
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.docinfo["/Author"] = "Zoë"
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as meta:
            meta["{http://ns.adobe.com/exif/1.0/}GPSLatitude"] = "48,8N"
        pdf.save(source)
    step = {"operation": "strip-metadata", "options": {"only": "gps"}}

    made = pipeline.process(source, "pdf", [step], tmp_path, "out")

    info, _, packet = told(made.path)
    assert info[0] == "Zoë"
    assert b"GPSLatitude" not in packet
    with pikepdf.open(made.path) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        inside = pictures.pyvips.Image.new_from_buffer(lossless.extract_jpeg(image), "")
    assert not [name for name in inside.get_fields() if "GPS" in name]
