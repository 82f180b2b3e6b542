"""The text of a page that becomes a picture can still be found where it stands."""

import pytest

from photos.imaging import pipeline
from photos.imaging.formats.pdf.text_layer import PageText, Word, add_text, list_page_texts
from photos.imaging.formats.pdf.words import read_words
from tests.photos.imaging import documents, pictures

RESIZE = {"operation": "resize", "options": {"longest_edge": 400}}
MARK = {"operation": "watermark", "options": {"text": "Draft"}}


@pytest.fixture
def book(tmp_path):
    """Two pages of text."""
    return documents.write_text_pdf(tmp_path / "book.pdf", ["The first page", "Die Übergröße"])


def places(path, number=0):
    """Each word of a page with its box in hundredths of the page."""
    text = read_words(path, number)
    across, down = text.width / 100, text.height / 100
    return {
        word.text: (word.left / across, word.top / down, word.width / across, word.height / down) for word in text.words
    }


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("steps", [[RESIZE], [RESIZE, MARK]], ids=str)
def test_words_stay_where_they_stand(tmp_path, book, turn, steps):
    documents.set_page_entries(book, Rotate=turn)

    made = pipeline.process(book, "pdf", steps, tmp_path, "out")

    for number in (0, 1):
        before = places(book, number)
        assert places(made.path, number) == {word: pytest.approx(box, abs=2) for word, box in before.items()}
    assert made.notes == ("Links became pictures",)
    assert pipeline.list_warnings("pdf", steps) == [pipeline.PAGES_KEEP_WORDS]


def test_lines_stay_lines(tmp_path, book):
    made = pipeline.process(book, "pdf", [RESIZE], tmp_path, "out")

    assert list_page_texts(made.path) == ["The first page", "Die Übergröße"]


TONES = ("adjust", "auto-levels", "colour-profile", "denoise", "monochrome", "sharpen", "white-balance")


@pytest.mark.parametrize("name", TONES)
def test_what_changes_colours_alone_leaves_words_and_paper_as_they_are(tmp_path, book, name):
    made = pipeline.process(book, "pdf", [{"operation": name}, RESIZE], tmp_path, "out")

    assert list_page_texts(made.path) == ["The first page", "Die Übergröße"]
    assert documents.page_sizes(made.path) == documents.page_sizes(book)


def test_words_that_were_recognised_before_stay_under_their_scan(tmp_path):
    picture = pictures.save(pictures.corners(300, 200), tmp_path / "picture.jpg")
    scan = documents.write_scan_pdf(tmp_path / "scan.pdf", [picture])
    add_text(scan, tmp_path / "read.pdf", {0: PageText(300, 200, [Word("東京", 30, 20, 60, 20)])})

    made = pipeline.process(tmp_path / "read.pdf", "pdf", [RESIZE, MARK], tmp_path, "out")

    assert list_page_texts(made.path) == ["東京"]
    assert places(made.path) == {"東京": pytest.approx((10, 10, 20, 10), abs=0.5)}


@pytest.mark.parametrize(
    "step",
    [
        {"operation": "flip"},
        {"operation": "rotate", "options": {"angle": 3}},
        {"operation": "crop", "options": {"left": 10, "top": 10, "width": 400, "height": 400}},
        {"operation": "resize", "options": {"width": 300, "height": 300, "fit": "cover"}},
    ],
    ids=str,
)
def test_words_that_would_stand_at_wrong_places_are_left_out(tmp_path, book, step):
    made = pipeline.process(book, "pdf", [step], tmp_path, "out")

    assert list_page_texts(made.path) == ["", ""]
    assert made.notes == ("Text and links became pictures",)
    assert pipeline.list_warnings("pdf", [step]) == [pipeline.PAGES_BECOME_PICTURES]


def test_a_page_cut_to_nothing_becomes_a_page_that_opens(tmp_path, book):
    documents.set_page_entries(book, CropBox=[5000, 5000, 5100, 5100])

    made = pipeline.process(book, "pdf", [MARK], tmp_path, "out")

    assert all(side > 0 for side in documents.page_sizes(made.path)[0])
