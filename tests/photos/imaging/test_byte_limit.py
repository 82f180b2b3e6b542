"""Files of at most so many bytes: with less quality first, with fewer pixels if allowed, or a sentence."""

import pytest
import pyvips

from photos.imaging import cancellation, pipeline
from photos.imaging.formats import FORMATS, Limits, Saving, Unreadable
from photos.imaging.operations import convert as convert_module
from photos.imaging.samples import make_sample
from tests.photos.imaging import pictures
from tests.photos.imaging.test_stopping import stopping


@pytest.fixture(scope="module")
def photo(tmp_path_factory):
    """A photo of two megapixels."""
    path = tmp_path_factory.mktemp("photo") / "photo"
    make_sample(1, path)
    return path


def limited(tmp_path, source, format="jpeg", then=(), **options):
    return pipeline.process(source, format, [{"operation": "target-size", "options": options}, *then], tmp_path, "out")


def convert(format, **options):
    return {"operation": "convert", "options": {"format": format} | options}


@pytest.mark.parametrize(
    ("format", "kilobytes"), [("jpeg", 150), ("jpeg", 100), ("webp", 60), ("avif", 60), ("jpeg", 60)]
)
def test_quality_gives_way_first_and_the_limit_is_used(tmp_path, photo, format, kilobytes):
    whole = pipeline.process(photo, "jpeg", [convert(format)], tmp_path, "whole")

    made = limited(tmp_path, photo, then=[convert(format)], kilobytes=kilobytes, lowest_quality=10)

    assert whole.size > kilobytes * 1000, "the test has a limit that matters"
    assert 0.8 * kilobytes * 1000 < made.size <= kilobytes * 1000
    assert (made.width, made.height) == (whole.width, whole.height)
    assert made.format == format


def test_a_file_that_is_small_enough_is_written_as_always(tmp_path, photo):
    whole = pipeline.process(photo, "jpeg", [], tmp_path, "whole")

    made = limited(tmp_path, photo, kilobytes=100_000)

    assert made.path.read_bytes() == whole.path.read_bytes()


def test_a_quality_that_was_asked_for_is_not_exceeded(tmp_path, photo):
    asked = pipeline.process(photo, "jpeg", [convert("jpeg", quality=30)], tmp_path, "asked")

    made = limited(tmp_path, photo, then=[convert("jpeg", quality=30)], kilobytes=10_000)

    assert made.size == asked.size


def test_pixels_give_way_when_quality_must_not(tmp_path, photo):
    made = limited(tmp_path, photo, kilobytes=30, lowest_quality=60)
    original = pictures.load(photo).autorot()

    assert 20_000 < made.size <= 30_000
    assert made.width < original.width / 2
    assert made.width / made.height == pytest.approx(original.width / original.height, rel=0.02)
    worse = limited(tmp_path, photo, kilobytes=30, lowest_quality=5)
    assert worse.width > made.width


@pytest.mark.parametrize("format", ["png", "tiff", "gif"])
def test_a_format_without_quality_becomes_smaller_in_pixels(tmp_path, photo, format):
    made = limited(tmp_path, photo, then=[convert(format)], kilobytes=200)

    assert 100_000 < made.size <= 200_000
    assert pictures.load(made.path).width == made.width < pictures.load(photo).autorot().width


def test_without_leave_to_shrink_such_a_file_fails_with_what_would_help(tmp_path, photo):
    with pytest.raises(
        Unreadable, match="The picture needs more than 20 KB with a quality of 50: let it become smaller"
    ):
        limited(tmp_path, photo, kilobytes=20, shrink=False)
    with pytest.raises(Unreadable, match="needs more than 20 KB in this format: let it become smaller, or write JPEG"):
        limited(tmp_path, photo, kilobytes=20, shrink=False, then=[convert("png")])
    assert list(tmp_path.iterdir()) == []


def test_what_metadata_alone_exceed_fails_in_words(tmp_path):
    noted = pictures.with_fields(pictures.corners(), **{"exif-ifd0-ImageDescription": "x" * 20_000})
    source = pictures.save(noted, tmp_path / "source")

    with pytest.raises(Unreadable, match="Even a tiny copy of the picture needs more than 5 KB"):
        limited(tmp_path, source, kilobytes=5)
    assert limited(tmp_path, source, kilobytes=5, then=[{"operation": "strip-metadata"}]).size < 5000


@pytest.mark.parametrize("format", ["webp", "gif"])
def test_an_animation_keeps_all_its_frames(tmp_path, format):
    noise = [pyvips.Image.gaussnoise(300, 200, mean=128, sigma=50, seed=seed).cast("uchar") for seed in range(6)]
    roll = pyvips.Image.arrayjoin([each.bandjoin([each, each]) for each in noise], across=1)
    roll = pictures.with_fields(roll.copy(interpretation="srgb"), page_height=200)
    source = pictures.save(roll, tmp_path / "source", format)

    made = limited(tmp_path, source, format, kilobytes=40)

    moving = pictures.load(made.path, n=-1)
    assert made.size <= 40_000
    assert moving.get("n-pages") == 6
    assert (moving.width, moving.get("page-height")) == (made.width, made.height)
    assert made.width / made.height == pytest.approx(1.5, rel=0.05)


def test_pages_share_the_limit(tmp_path):
    noise = pyvips.Image.gaussnoise(400, 300, mean=128, sigma=50, seed=1).cast("uchar").copy(interpretation="b-w")
    source = pictures.save_pages(tmp_path / "source", [noise] * 3)

    made = limited(tmp_path, source, "tiff", kilobytes=60)

    assert 40_000 < made.size <= 60_000
    assert pictures.load(made.path).get("n-pages") == 3


def noted(seed):
    """A page with much to say beside its pixels, in colours of its own."""
    noise = pyvips.Image.gaussnoise(200, 150, mean=128, sigma=50, seed=seed).cast("uchar")
    page = noise.bandjoin([noise, noise.rot180()]).copy(interpretation="srgb").icc_transform("p3")
    packet = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><a/></x:xmpmeta>' + b" " * 3000
    return pictures.with_fields(page, xmp_data=packet, exif_ifd0_Artist="Ana")


def pages(path, count=6):
    """A TIFF of such pages."""
    tiff = FORMATS["tiff"]
    files = [path.with_suffix(f".{number}") for number in range(count)]
    for number, file in enumerate(files):
        tiff.save(noted(number), file, Saving("tiff"))
    tiff.join(files, path, Saving("tiff"), None, lambda: None)
    return path


@pytest.mark.parametrize(("format", "kilobytes"), [("tiff", 100), ("tiff", 50), ("pdf", 40)])
def test_the_limit_holds_for_pages_with_much_beside_them(tmp_path, format, kilobytes):
    made = limited(tmp_path, pages(tmp_path / "source"), "tiff", then=[convert(format)], kilobytes=kilobytes)

    assert 0.6 * kilobytes * 1000 < made.size <= kilobytes * 1000
    assert pipeline.probe(made.path, Limits()).pages == 6


@pytest.mark.parametrize("words", [10_000, 25_000])
def test_the_limit_holds_with_the_words_of_a_document(tmp_path, monkeypatch, words):
    def letter(path, *_):
        with path.open("ab") as file:
            file.write(b"%" * words)
        return iter(())

    monkeypatch.setattr(pipeline, "add_text_layer", letter)
    monkeypatch.setattr(convert_module, "is_installed", lambda: True)

    noise = pyvips.Image.gaussnoise(600, 400, mean=128, sigma=50, seed=1).cast("uchar").copy(interpretation="b-w")
    source = pictures.save_pages(tmp_path / "source", [noise] * 3)

    made = limited(tmp_path, source, "tiff", then=[convert("pdf", text=True)], kilobytes=40)

    assert words < made.size <= 40_000


def test_words_that_leave_no_room_are_told_in_a_sentence(tmp_path, monkeypatch):
    monkeypatch.setattr(pipeline, "add_text_layer", lambda path, *_: iter([path.write_bytes(bytes(50_000)) and ""]))
    monkeypatch.setattr(convert_module, "is_installed", lambda: True)

    with pytest.raises(Unreadable, match="Even a tiny copy of the picture needs more than 40 KB"):
        limited(tmp_path, pages(tmp_path / "source"), "tiff", then=[convert("pdf", text=True)], kilobytes=40)


def test_a_tiff_says_everything_once(tmp_path):
    content = pages(tmp_path / "source").read_bytes()

    assert content.count(b"<a/>") == content.count(b"acsp") == content.count(b"Ana\0") == 6
    assert (tmp_path / "source.1").read_bytes().count(b"acsp") == 1


def test_the_picture_is_decoded_once(tmp_path, photo, monkeypatch):
    decoded = []
    open_file = FORMATS["jpeg"].open
    monkeypatch.setattr(FORMATS["jpeg"], "open", lambda *args, **more: decoded.append(1) or open_file(*args, **more))

    limited(tmp_path, photo, kilobytes=20)

    assert len(decoded) == 1


@pytest.mark.parametrize("after", [0, 0.3])
def test_the_search_can_be_stopped(tmp_path, photo, after):
    enlarged = {"operation": "resize", "options": {"percent": 400, "enlarge": True}}

    with pytest.raises(cancellation.Aborted):
        pipeline.process(
            photo, "jpeg", [enlarged, {"operation": "target-size", "options": {"kilobytes": 10}}], tmp_path, "out",
            stopping(after, []),
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_metadata_count_and_the_picture_gets_the_rest(tmp_path, photo):
    noted = pictures.with_fields(pictures.load(photo), **{"exif-ifd0-ImageDescription": "x" * 15_000})
    source = pictures.save(noted, tmp_path / "source")

    made = limited(tmp_path, source, kilobytes=25)

    assert 20_000 < made.size <= 25_000
    assert made.width > 100
