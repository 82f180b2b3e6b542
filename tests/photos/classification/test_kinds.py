"""Photo, document, graphic, screenshot, blank."""

import pyvips
from PIL import Image

from photos.classification.analysis import analyse
from photos.classification.thresholds import Thresholds
from photos.imaging.cancellation import never
from photos.imaging.formats import sniff
from tests.photos.classification.pictures import chart, flat, landscape, page


def kind(path, at: Thresholds | None = None) -> str:
    return analyse(path, sniff(path), never, None, at or Thresholds()).kind


def test_landscapes_are_photos_with_and_without_what_the_camera_says(tmp_path):
    for number in range(1, 13):
        path = landscape(tmp_path / f"{number}.jpg", number)
        pyvips.Image.new_from_file(str(path)).jpegsave(str(tmp_path / "bare.jpg"), keep="none")
        assert (kind(path), kind(tmp_path / "bare.jpg")) == ("photo", "photo")


def test_a_printed_page_is_a_document_in_any_format_and_also_as_a_fax(tmp_path):
    assert kind(page(tmp_path / "a.png")) == "document"
    assert kind(page(tmp_path / "a.jpg")) == "document"
    Image.open(tmp_path / "a.png").convert("1").save(tmp_path / "fax.tif", compression="group4")
    assert kind(tmp_path / "fax.tif") == "document"


def test_an_empty_page_is_blank_also_with_the_noise_of_a_scanner(tmp_path):
    assert kind(flat(tmp_path / "a.png")) == "blank"
    assert kind(flat(tmp_path / "b.png", noise=3)) == "blank"
    assert kind(page(tmp_path / "c.png", ["One line is enough."])) == "document"


def test_a_drawing_is_a_graphic(tmp_path):
    assert kind(chart(tmp_path / "a.png")) == "graphic"


def test_a_picture_as_large_as_a_screen_is_a_screenshot_unless_a_camera_took_it(tmp_path):
    source = pyvips.Image.new_from_file(str(landscape(tmp_path / "a.jpg", 2))).resize(2)
    screen = source.crop(0, 0, 1170, 2532) if source.height >= 2532 else source.thumbnail_image(
        1170, height=2532, size="force"
    )  # fmt: skip
    screen.write_to_file(str(tmp_path / "photo.png"))
    screen.write_to_file(str(tmp_path / "shot.png"), keep="none")
    screen.crop(0, 0, 1170, 2531).write_to_file(str(tmp_path / "other.png"), keep="none")

    assert [kind(tmp_path / name) for name in ("photo.png", "shot.png", "other.png")] == [
        "photo",
        "screenshot",
        "photo",
    ]


def test_a_scanner_that_says_its_name_makes_no_photo_of_a_page(tmp_path):
    scanned = pyvips.Image.new_from_file(str(page(tmp_path / "a.png"))).copy()
    scanned.set_type(pyvips.GValue.gstr_type, "exif-ifd0-Make", "EPSON")
    scanned.jpegsave(str(tmp_path / "a.jpg"))

    assert kind(tmp_path / "a.jpg") == "document"


def test_the_thresholds_decide(tmp_path):
    path = page(tmp_path / "a.png")

    assert kind(path, Thresholds(paper=0.999)) != "document"
