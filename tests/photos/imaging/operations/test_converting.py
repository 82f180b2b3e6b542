"""Any format to any other, with what the other can hold."""

import pytest

from photos.imaging import pipeline
from photos.imaging.formats import MIME_TYPES, Limits, Unreadable, probe
from photos.imaging.operations import InvalidSteps, parse_steps
from photos.imaging.samples import make_sample
from tests.photos.imaging import pictures


def converted(tmp_path, source, source_format, **options):
    made = pipeline.process(source, source_format, [{"operation": "convert", "options": options}], tmp_path, "out")
    return made, pictures.load(made.path)


@pytest.mark.parametrize("source_format", pictures.FORMATS)
@pytest.mark.parametrize("format", pictures.FORMATS)
def test_every_format_becomes_every_other(tmp_path, source_format, format):
    source = pictures.save(pictures.corners(), tmp_path / "source", source_format)

    made, picture = converted(tmp_path, source, source_format, format=format)

    assert probe(made.path, Limits()).format == made.format == format
    assert pictures.is_upright(picture)
    assert format in MIME_TYPES


def test_the_extension_is_that_of_the_content(tmp_path):
    source = pictures.save(pictures.corners(), tmp_path / "source.png", "png")

    made, _ = converted(tmp_path, source, "png", format="jpeg")

    assert made.path == tmp_path / "out.jpg"


@pytest.mark.parametrize("make", [pictures.transparent, pictures.corners, pictures.deep])
def test_a_jpeg_shows_white_where_nothing_was(tmp_path, make):
    source = pictures.save(make(), tmp_path / "source", "png")

    _, picture = converted(tmp_path, source, "png", format="jpeg")

    assert picture.format == "uchar"
    assert picture.bands == 3
    if make is pictures.transparent:
        assert min(picture(2, 2)) > 250
    assert picture(90, 4)[1] == pytest.approx(200, abs=6)


@pytest.mark.parametrize("format", ["jpeg", "webp", "gif"])
def test_sixteen_bits_become_eight_of_the_same_brightness(tmp_path, format):
    source = pictures.save(pictures.deep(), tmp_path / "source", "tiff")

    _, picture = converted(tmp_path, source, "tiff", format=format)

    assert picture.format == "uchar"
    assert pictures.is_upright(picture)
    assert picture(90, 60)[0] == pytest.approx(230, abs=4)


def test_quality_decides_the_size(tmp_path):
    noise = pictures.pyvips.Image.gaussnoise(200, 200, mean=128, sigma=40, seed=1).cast("uchar")
    source = pictures.save(noise.copy(interpretation="b-w"), tmp_path / "source", "png")

    for format in ("jpeg", "webp", "avif"):
        sizes = [converted(tmp_path, source, "png", format=format, quality=quality)[0].size for quality in (1, 50, 100)]
        assert sizes == sorted(set(sizes))


@pytest.mark.parametrize("format", ["png", "webp", "tiff"])
def test_lossless_changes_no_pixel(tmp_path, format):
    noise = [
        pictures.pyvips.Image.gaussnoise(64, 64, mean=128, sigma=60, seed=seed).cast("uchar") for seed in (1, 2, 3)
    ]
    original = noise[0].bandjoin(noise[1:]).copy(interpretation="srgb")
    source = pictures.save(original, tmp_path / "source", "png")

    _, picture = converted(tmp_path, source, "png", format=format, lossless=True)

    assert (picture - original).abs().max() == 0


def test_a_picture_too_wide_for_its_format_is_refused_in_words(tmp_path):
    line = pictures.pyvips.Image.black(17_000, 2, bands=3).copy(interpretation="srgb")
    source = pictures.save(line, tmp_path / "source", "png")

    with pytest.raises(
        Unreadable, match="WebP pictures can have at most 16,383 pixels a side; this one would have 17,000"
    ):
        converted(tmp_path, source, "png", format="webp")


@pytest.mark.parametrize("bands", [1, 2])
@pytest.mark.parametrize("format", pictures.FORMATS)
def test_grey_stays_grey_to_the_eye(tmp_path, bands, format):
    grey = pictures.pyvips.Image.identity().resize(0.25).replicate(1, 64).cast("uchar").copy(interpretation="b-w")
    source = pictures.save(grey.bandjoin([255]) if bands == 2 else grey, tmp_path / "source", "png")

    _, picture = converted(tmp_path, source, "png", format=format)

    colours = picture.colourspace("srgb")
    assert max((colours[0] - colours[1]).abs().max(), (colours[1] - colours[2]).abs().max()) <= 4


def test_a_picture_of_numbers_with_a_point_can_be_converted(tmp_path):
    bright = (pictures.corners().cast("float") / 255).copy(interpretation="scrgb")
    bright.tiffsave(str(tmp_path / "source"))

    _, picture = converted(tmp_path, tmp_path / "source", "tiff", format="jpeg")

    assert picture.format == "uchar"


@pytest.mark.parametrize("format", ["jpeg", "webp", "avif", "png"])
def test_more_effort_makes_smaller_files_of_the_same_look(tmp_path, format):
    make_sample(2, tmp_path / "source", megapixels=0.3)
    results = [
        converted(tmp_path, tmp_path / "source", "jpeg", format=format, effort=effort)
        for effort in ("least", "normal", "most")
    ]

    (least, one), (normal, other), (most, last) = results
    assert most.size < normal.size <= least.size
    assert (one - last).abs().avg() < 4
    assert (other - last).abs().avg() < 4


@pytest.mark.parametrize("format", ["jpeg", "png"])
def test_a_progressive_file_comes_in_passes(tmp_path, format):
    source = pictures.save(pictures.corners(), tmp_path / "source", "png")

    found = [converted(tmp_path, source, "png", format=format, progressive=flag)[1] for flag in (False, True)]

    assert ["interlaced" in picture.get_fields() and picture.get("interlaced") == 1 for picture in found] == [
        False,
        True,
    ]
    assert pictures.is_upright(found[1])


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"format": "webp", "progressive": True}, "progressive is not possible with webp, only with jpeg and png"),
        ({"format": "tiff", "effort": "most"}, "effort most is not possible with tiff, only normal"),
        ({"format": "gif", "lossless": True}, "lossless is not possible with gif"),
    ],
)
def test_what_a_format_does_not_have_is_refused_in_words(options, sentence):
    with pytest.raises(InvalidSteps, match=sentence):
        parse_steps([{"operation": "convert", "options": options}])
