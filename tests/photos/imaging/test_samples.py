"""Pictures to try the library with."""

import pytest

from photos.imaging.formats import Limits, probe
from photos.imaging.samples import make_sample
from tests.photos.imaging import pictures


def test_a_number_always_gives_the_same_picture(tmp_path):
    for name in ("a", "b"):
        make_sample(3, tmp_path / name, megapixels=0.2)

    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_another_number_gives_another_picture_on_another_day(tmp_path):
    days = set()
    contents = set()
    for number in range(8):
        make_sample(number, tmp_path / "a", megapixels=0.1)
        days.add(probe(tmp_path / "a", Limits()).taken_at.date())
        contents.add((tmp_path / "a").read_bytes())

    assert len(days) == len(contents) == 8


@pytest.mark.parametrize("megapixels", [0.1, 2])
def test_a_sample_is_as_large_as_asked_and_looks_like_something(tmp_path, megapixels):
    make_sample(5, tmp_path / "a", megapixels)

    picture = pictures.load(tmp_path / "a")
    assert picture.width * picture.height / 1e6 == pytest.approx(megapixels, rel=0.05)
    assert picture.deviate() > 20
    assert picture.get("exif-ifd0-Make").startswith("Stopbath")


def test_some_samples_need_turning(tmp_path):
    orientations = set()
    for number in range(12):
        make_sample(number, tmp_path / "a", megapixels=0.05)
        orientations.add(probe(tmp_path / "a", Limits()).orientation)

    assert {1, 6} <= orientations
