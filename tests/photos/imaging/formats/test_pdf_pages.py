"""A PDF is a file with pages: each goes through the steps for itself, and the output is a PDF again."""

import pikepdf
import pytest

from photos.imaging import pipeline
from photos.imaging import preview as imaging_preview
from photos.imaging.formats import Limits, probe
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.formats.pdf import document as pdf_document
from photos.imaging.formats.pdf import lossless, rendering
from photos.imaging.formats.pdf.text_layer import list_page_texts
from tests.photos.imaging import documents, pictures

RESIZE = {"operation": "resize", "options": {"longest_edge": 48}}
STRIP = {"operation": "strip-metadata"}


def convert(format, **options):
    return {"operation": "convert", "options": {"format": format, **options}}


def rotate(angle):
    return {"operation": "rotate", "options": {"angle": angle}}


def fax(path):
    """A page of black and white pixels."""
    pixels = pictures.pyvips.Image.gaussnoise(200, 100, mean=128, sigma=50, seed=1) > 128
    pixels.copy(interpretation="b-w").pngsave(str(path / "fax.png"), bitdepth=1)
    return pixels, documents.write_scan_pdf(path / "fax.pdf", [path / "fax.png"])


def stored(path, *attributes):
    """What is said of the picture of each page."""
    with pikepdf.open(path) as pdf:
        images = [pikepdf.PdfImage(image) for page in pdf.pages for image in page.get_images().values()]
        return [tuple(getattr(image, name) for name in attributes) for image in images]


def filters(path):
    """How the picture of each page is coded."""
    return [filters for (filters,) in stored(path, "filters")]


def unpacked(path):
    """The JPEG of the first page."""
    with pikepdf.open(path) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        return lossless.extract_jpeg(image)


def test_the_header_tells_pages_and_the_size_of_a_scan_in_its_own_pixels(scan):
    found = probe(scan, Limits())

    assert (found.format, found.pages, found.frames, found.width, found.height) == ("pdf", 2, 1, 96, 64)


def test_the_size_of_a_page_of_text_is_told_at_200_dpi(book):
    found = probe(book, Limits())

    assert (found.width, found.height) == (round(420 * 200 / 72), round(595 * 200 / 72))


def test_the_date_of_a_document_is_that_of_its_making(book):
    with pikepdf.open(book, allow_overwriting_input=True) as pdf:
        pdf.docinfo["/CreationDate"] = "D:20210504101112+02'00'"
        pdf.save(book)

    assert probe(book, Limits()).taken_at.isoformat() == "2021-05-04T08:11:12+00:00"


@pytest.mark.parametrize("date", ["", "yesterday", "D:2021", "D:20219999999999", "D:20210504101112X"])
def test_a_date_that_never_was_is_none(book, date):
    with pikepdf.open(book, allow_overwriting_input=True) as pdf:
        pdf.docinfo["/CreationDate"] = date
        pdf.save(book)

    probe(book, Limits())


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_a_turned_page_is_taken_as_it_is_shown(scan, turn):
    documents.set_page_entries(scan, Rotate=turn)

    picture = pipeline.FORMATS["pdf"].open(scan)

    assert (picture.width, picture.height) == ((96, 64) if turn % 180 == 0 else (64, 96))
    assert pictures.corner_names(picture) == pictures.corner_names(documents.render_page(scan))


@pytest.mark.parametrize(
    ("matrix", "size", "scanned"),
    [
        ((96, 0, 0, 64, 0, 0), (96, 64), True),
        ((0, -96, 64, 0, 0, 96), (64, 96), True),
        ((-96, 0, 0, -64, 96, 64), (96, 64), True),
        ((0, 96, -64, 0, 64, 0), (64, 96), True),
        ((-96, 0, 0, 64, 96, 0), (96, 64), False),
        ((0, 96, 64, 0, 0, 0), (64, 96), False),
    ],
)
def test_a_picture_that_lies_turned_or_mirrored_on_its_page_is_taken_as_it_is_shown(scan, matrix, size, scanned):
    with pikepdf.open(scan, allow_overwriting_input=True) as pdf:
        (name,) = pdf.pages[0].get_images()
        pdf.pages[0].obj.MediaBox = pikepdf.Array([0, 0, *size])
        pdf.pages[0].Contents = pdf.make_stream(f"{' '.join(map(str, matrix))} cm {name} Do".encode())
        pdf.save(scan)

    picture = pipeline.FORMATS["pdf"].open(scan)

    with pdf_document.open_document(scan) as document, pdf_document.open_page(document, 0) as page:
        assert (rendering.inspect_page(page, 0).scan is not None) == scanned
    assert (picture.width > picture.height) == (size[0] > size[1])
    assert pictures.corner_names(picture) == pictures.corner_names(documents.render_page(scan))


def test_a_scan_whose_numbers_mean_their_opposite_is_taken_as_it_is_shown(scan):
    with pikepdf.open(scan, allow_overwriting_input=True) as pdf:
        (image,) = pdf.pages[0].get_images().values()
        image.Decode = pikepdf.Array([1, 0, 1, 0, 1, 0])
        pdf.save(scan)

    picture = pipeline.FORMATS["pdf"].open(scan)

    assert (
        pictures.corner_names(picture) == pictures.corner_names(documents.render_page(scan)) != list(pictures.CORNERS)
    )


def test_scanned_pages_go_through_the_steps_at_their_own_resolution(tmp_path, scan):
    made = pipeline.process(scan, "pdf", [RESIZE], tmp_path, "out")

    assert (made.format, made.width, made.height) == ("pdf", 48, 32)
    assert stored(made.path, "width", "height") == [(48, 32), (32, 48)]
    assert documents.page_sizes(made.path) == documents.page_sizes(scan)
    assert filters(made.path) == [["/DCTDecode"], ["/DCTDecode"]]
    assert pictures.is_upright(documents.render_page(made.path, 1))


def test_pages_of_text_become_pictures_without_loss_when_pixels_are_needed(tmp_path, book):
    made = pipeline.process(book, "pdf", [{"operation": "resize", "options": {"longest_edge": 600}}], tmp_path, "out")

    assert documents.page_sizes(made.path) == documents.page_sizes(book)
    assert filters(made.path) == [["/FlateDecode"]] * 2
    assert stored(made.path, "colorspace") == [("/DeviceGray",)] * 2
    before, after = documents.render_page(book, 1), documents.render_page(made.path, 1)
    assert (before - after).abs().avg() < 1


def test_pages_stay_what_they_are_when_no_step_needs_pixels(tmp_path, book):
    made = pipeline.process(book, "pdf", [{"operation": "auto-orient"}, convert("pdf")], tmp_path, "out")

    assert list_page_texts(made.path) == ["The first page", "The second page"]
    assert made.notes == ()
    with pikepdf.open(made.path) as pdf:
        assert len(pdf.pages[0].Annots) == 1
        assert str(pdf.docinfo.Title) == "A book"
    assert pipeline.list_warnings("pdf", [convert("pdf")]) == []


@pytest.mark.parametrize("angle", [90, 180, -90])
def test_quarter_turns_leave_pages_what_they_are(tmp_path, book, angle):
    documents.set_page_entries(book, Rotate=90)

    made = pipeline.process(book, "pdf", [rotate(angle)], tmp_path, "out")

    assert list_page_texts(made.path) == ["The first page", "The second page"]
    with pikepdf.open(made.path) as pdf:
        assert {int(page.obj.Rotate) for page in pdf.pages} == {(90 + angle) % 360}
    assert (made.width, made.height) == tuple(round(side * 200 / 72) for side in documents.page_sizes(made.path)[0])


def test_it_is_told_beforehand_that_text_becomes_pictures(book):
    found = "Pages of PDFs become pictures: their text can still be searched and copied, links are lost"
    assert pipeline.list_warnings("pdf", [RESIZE]) == [found]
    assert pipeline.list_warnings("pdf", [convert("pdf", quality=70)]) == [found]
    assert pipeline.list_warnings("pdf", [convert("tiff")]) == ["Text and links of PDFs become pictures"]
    assert pipeline.list_warnings("pdf", [rotate(3)]) == ["Text and links of PDFs become pictures"]
    assert pipeline.list_warnings("pdf", [rotate(90)]) == []
    assert pipeline.list_warnings("pdf", [convert("jpeg")]) == ["JPEG holds one page: of a PDF the first is taken"]
    assert pipeline.list_warnings("jpeg", [RESIZE]) == []


def test_metadata_and_bookmarks_survive_pages_that_become_pictures(tmp_path, book):
    made = pipeline.process(book, "pdf", [RESIZE], tmp_path, "out")

    with pikepdf.open(made.path) as pdf:
        assert (str(pdf.docinfo.Title), str(pdf.docinfo.Author)) == ("A book", "Ana")
        with pdf.open_outline() as outline:
            assert [item.title for item in outline.root] == ["Chapter 1", "Chapter 2"]
        assert "/Annots" not in pdf.pages[0]


@pytest.mark.parametrize("steps", [[STRIP], [RESIZE, STRIP]])
def test_metadata_go_when_a_step_says_so(tmp_path, book, steps):
    made = pipeline.process(book, "pdf", steps, tmp_path, "out")

    with pikepdf.open(made.path) as pdf:
        assert "/Title" not in pdf.docinfo
        assert "/Metadata" not in pdf.Root
    assert b"Ana" not in made.path.read_bytes()


def test_the_author_can_stay(tmp_path, book):
    steps = [{"operation": "strip-metadata", "options": {"keep": ["copyright"]}}]

    made = pipeline.process(book, "pdf", steps, tmp_path, "out")

    with pikepdf.open(made.path) as pdf:
        assert dict(pdf.docinfo) == {"/Author": "Ana"}


@pytest.mark.parametrize("packed", [0, 1])
def test_what_the_photos_inside_say_goes_too_and_their_pixels_stay(tmp_path, monkeypatch, packed):
    monkeypatch.setattr("reportlab.rl_config.useA85", packed)
    photo = pictures.with_fields(pictures.corners(), exif_ifd0_Artist="Somebody secret")
    source = documents.write_scan_pdf(tmp_path / "scan.pdf", [pictures.save(photo, tmp_path / "a.jpg")])
    assert b"Somebody secret" in unpacked(source)

    made = pipeline.process(source, "pdf", [STRIP], tmp_path, "out")

    assert b"Somebody secret" not in unpacked(made.path)
    before, after = documents.render_page(source), documents.render_page(made.path)
    assert (before - after).abs().max() == 0


def test_a_fax_stays_one_without_losing_a_pixel(tmp_path):
    pixels, source = fax(tmp_path)

    made = pipeline.process(source, "pdf", [{"operation": "flip"}], tmp_path, "out")

    assert filters(made.path) == [["/CCITTFaxDecode"]]
    picture = pipeline.FORMATS["pdf"].open(made.path)
    assert (picture.fliphor() - pixels).abs().max() == 0
    assert documents.page_sizes(made.path) == documents.page_sizes(source)


def test_grey_from_a_fax_is_kept_without_loss(tmp_path):
    _, source = fax(tmp_path)

    made = pipeline.process(source, "pdf", [RESIZE], tmp_path, "out")

    assert filters(made.path) == [["/FlateDecode"]]


def test_a_quality_makes_jpegs_of_drawn_pages(tmp_path, book):
    low = pipeline.process(book, "pdf", [convert("pdf", quality=20)], tmp_path, "low")
    high = pipeline.process(book, "pdf", [convert("pdf", quality=95)], tmp_path, "high")

    assert filters(low.path) == [["/DCTDecode"]] * 2
    assert low.size < high.size


def test_lossless_keeps_every_pixel_of_a_photo(tmp_path):
    picture = pictures.save(pictures.corners(), tmp_path / "a.png", "png")

    made = pipeline.process(picture, "png", [convert("pdf", lossless=True)], tmp_path, "out")

    assert filters(made.path) == [["/FlateDecode"]]
    assert (pipeline.FORMATS["pdf"].open(made.path) - pictures.corners()).abs().max() == 0


def test_a_crop_makes_the_page_smaller(tmp_path, scan):
    crop = {"operation": "crop", "options": {"left": 0, "top": 0, "width": 24, "height": 32}}

    made = pipeline.process(
        scan, "pdf", [crop, {"operation": "resize", "options": {"longest_edge": 16}}], tmp_path, "x"
    )

    assert (made.width, made.height) == (12, 16)
    assert documents.page_sizes(made.path)[0] == pytest.approx((24 * 0.72, 32 * 0.72), abs=0.01)


def test_the_profile_of_a_photo_comes_along(tmp_path):
    profile = pictures.pyvips.Operation.call("profile_load", "p3")
    photo = pictures.with_fields(pictures.corners(), icc_profile_data=profile)
    source = pictures.save(photo, tmp_path / "photo.jpg")

    made = pipeline.process(source, "jpeg", [convert("pdf")], tmp_path, "out")

    assert pipeline.FORMATS["pdf"].open(made.path).get(vips_fields.PROFILE) == profile
    stripped = pipeline.process(source, "jpeg", [convert("pdf"), STRIP], tmp_path, "stripped")
    assert not vips_fields.has(pipeline.FORMATS["pdf"].open(stripped.path), vips_fields.PROFILE)


@pytest.mark.parametrize("format", pictures.FORMATS)
def test_a_picture_of_every_format_becomes_a_pdf_of_one_page(tmp_path, format):
    source = (
        pictures.save_turned(tmp_path / "source", 6, format)
        if format in ("jpeg", "tiff")
        else pictures.save(pictures.corners(), tmp_path / "source", format)
    )

    made = pipeline.process(source, format, [convert("pdf")], tmp_path, "out")

    assert (made.path.name, made.width, made.height) == ("out.pdf", 96, 64)
    assert probe(made.path, Limits()).pages == 1
    assert pictures.is_upright(documents.render_page(made.path))


def test_a_picture_that_does_not_say_its_resolution_is_as_long_as_a4(tmp_path):
    source = pictures.save(pictures.corners(), tmp_path / "source")

    made = pipeline.process(source, "jpeg", [convert("pdf")], tmp_path, "out")

    assert max(documents.page_sizes(made.path)[0]) == pytest.approx(842, abs=1)


def test_a_scan_that_says_its_resolution_keeps_its_size_on_paper_also_when_resized(tmp_path):
    source = pictures.save(
        pictures.corners(300, 200).copy(xres=150 / 25.4, yres=150 / 25.4), tmp_path / "source", "tiff"
    )

    made = pipeline.process(source, "tiff", [RESIZE, convert("pdf")], tmp_path, "out")

    assert made.width == 48
    assert documents.page_sizes(made.path)[0] == pytest.approx((144, 96), abs=0.5)


def test_transparency_becomes_white(tmp_path):
    source = pictures.save(pictures.transparent(), tmp_path / "source", "png")

    made = pipeline.process(source, "png", [convert("pdf")], tmp_path, "out")

    assert documents.render_page(made.path)(2, 2)[:3] == [255, 255, 255]


def test_pages_of_a_tiff_become_pages_of_a_pdf_and_back(tmp_path, scan):
    tiff = pipeline.process(scan, "pdf", [convert("tiff")], tmp_path, "scan")
    back = pipeline.process(tiff.path, "tiff", [convert("pdf")], tmp_path, "back")

    assert probe(tiff.path, Limits()).pages == probe(back.path, Limits()).pages == 2
    assert documents.page_sizes(back.path) == [pytest.approx(size, abs=0.01) for size in documents.page_sizes(scan)]


def test_a_format_of_one_page_takes_the_first_and_says_so(tmp_path, scan):
    made = pipeline.process(scan, "pdf", [convert("jpeg")], tmp_path, "out")

    assert (made.width, made.height, made.notes) == (96, 64, ("Only the first of 2 pages: JPEG holds one",))


def test_thumbnails_and_previews_show_the_first_page(tmp_path, scan):
    pipeline.write_thumbnail(scan, tmp_path / "small.jpg", 48)

    small = pictures.load(tmp_path / "small.jpg")
    assert (small.width, small.height, pictures.is_upright(small)) == (48, 32, True)
    preview = pictures.pyvips.Image.new_from_buffer(imaging_preview.render_preview(scan, "pdf", [RESIZE]), "")
    assert preview.width == 48


def test_the_same_file_and_steps_make_the_same_bytes(tmp_path, book):
    one = pipeline.process(book, "pdf", [RESIZE], tmp_path, "one")
    two = pipeline.process(book, "pdf", [RESIZE], tmp_path, "two")

    assert one.path.read_bytes() == two.path.read_bytes()


def test_nothing_is_left_beside_the_output(tmp_path, scan):
    (tmp_path / "out").mkdir()
    pipeline.process(scan, "pdf", [RESIZE], tmp_path / "out", "out")

    assert [path.name for path in (tmp_path / "out").iterdir()] == ["out.pdf"]


def test_reading_a_scan_does_not_change_its_pictures(tmp_path, scan):
    pytest.importorskip("tesserocr")
    made = pipeline.process(scan, "pdf", [convert("pdf", text=True)], tmp_path, "out")

    assert unpacked(made.path) == unpacked(scan)
