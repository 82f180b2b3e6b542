"""Pages stay together and animations keep moving, where the format can hold them."""

import struct
import subprocess
import sys

import pytest
import pyvips

from photos.imaging import cancellation, pipeline
from photos.imaging.formats import FORMATS, Limits, probe
from photos.imaging.formats.tiff.page import walk_directories
from photos.imaging.formats.tiff.pages import TiffWriter
from tests.photos.imaging import pictures

RESIZE = {"operation": "resize", "options": {"longest_edge": 24}}

DENOISED = """
import resource, sys
from pathlib import Path
from photos.imaging import pipeline

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000

before = peak()
pipeline.process(Path(sys.argv[1]), "webp", [{"operation": "denoise"}], Path(sys.argv[2]), "out")
print(peak() - before)
"""


def pages_of(path, sizes, tmp_path):
    """A TIFF with pages of these sizes."""
    with path.open("w+b") as file:
        writer = TiffWriter(file, len(sizes))
        for number, (width, height) in enumerate(sizes):
            writer.add(pictures.save(pictures.corners(width, height), tmp_path / f"page{number}", "tiff"))
    return path


@pytest.mark.parametrize("format", ["gif", "webp"])
@pytest.mark.parametrize("target", ["gif", "webp"])
@pytest.mark.parametrize("steps", [[], [RESIZE], [{"operation": "strip-metadata"}]])
def test_an_animation_keeps_its_frames_and_their_times(tmp_path, format, target, steps):
    source = pictures.save_animation(tmp_path / "source", format, frames=3)
    convert = {"operation": "convert", "options": {"format": target}}

    made = pipeline.process(source, format, [*steps, convert], tmp_path, "out")

    moving = pictures.load(made.path, n=-1)
    size = (24, 16) if steps == [RESIZE] else (48, 32)
    assert (made.width, made.height) == (moving.width, moving.get("page-height")) == size
    assert moving.get("n-pages") == 3
    assert moving.get("delay") == [100, 200, 300]
    shades = [moving(5, 5 + number * made.height)[0] for number in range(3)]
    assert shades == pytest.approx([40, 80, 120], abs=6)


def test_frames_that_look_the_same_stay(tmp_path):
    still = pictures.corners(48, 96)
    same = pictures.pyvips.Image.arrayjoin([still.crop(0, 0, 48, 32)] * 3, across=1)
    roll = pictures.with_fields(same.copy(interpretation="srgb"), page_height=32)
    roll.set_type(pictures.pyvips.GValue.array_int_type, "delay", [100, 200, 300])
    source = pictures.save(roll, tmp_path / "source", "gif", keep_duplicate_frames=True)

    made = pipeline.process(source, "gif", [], tmp_path, "out")

    assert probe(made.path, Limits()).frames == 3


@pytest.mark.parametrize("frames", [1, 4, 5])
def test_frames_that_are_too_much_for_memory_stay_as_they_are(tmp_path, monkeypatch, frames):
    source = pictures.save_animation(tmp_path / "source", "gif", frames)
    usual = pipeline.process(source, "gif", [{"operation": "denoise"}], tmp_path, "usual")
    monkeypatch.setattr(cancellation, "MAX_MEMORY_BYTES", 48 * 32 * 3)  # bytes: a frame

    made = pipeline.process(source, "gif", [{"operation": "denoise"}], tmp_path, "out")

    assert probe(made.path, Limits()).frames == frames
    assert made.path.read_bytes() == usual.path.read_bytes()


def test_the_frames_of_an_animation_do_not_need_memory_all_at_once(tmp_path):
    noise = pyvips.Image.gaussnoise(240, 240 * 30, mean=128, sigma=50, seed=1).cast("uchar")
    roll = pictures.with_fields(noise.copy(interpretation="b-w").colourspace("srgb"), page_height=240)
    source = pictures.save(roll, tmp_path / "source", "webp", lossless=False, effort=0)

    child = subprocess.run(
        [sys.executable, "-c", DENOISED, source, tmp_path], check=True, capture_output=True, text=True
    )

    assert float(child.stdout) < 200, "megabytes; all at once they take more than 500"


@pytest.mark.parametrize("target", ["jpeg", "png", "avif", "tiff"])
def test_of_an_animation_a_still_format_takes_the_first_frame(tmp_path, target):
    source = pictures.save_animation(tmp_path / "source")

    made = pipeline.process(source, "gif", [{"operation": "convert", "options": {"format": target}}], tmp_path, "out")

    found = probe(made.path, Limits())
    assert (found.width, found.height, found.pages, found.frames) == (48, 32, 1, 1)


@pytest.mark.parametrize("sizes", [[(96, 64)] * 3, [(96, 64), (64, 96), (120, 20)]])
@pytest.mark.parametrize("steps", [[], [RESIZE], [{"operation": "strip-metadata"}]])
def test_the_pages_of_a_tiff_stay_together_whatever_their_sizes(tmp_path, sizes, steps):
    source = pages_of(tmp_path / "source", sizes, tmp_path)

    made = pipeline.process(source, "tiff", steps, tmp_path, "out")

    found = [pictures.load(made.path, page=number) for number in range(3)]
    assert probe(made.path, Limits()).pages == 3
    assert (made.width, made.height) == (found[0].width, found[0].height)
    for page, (width, height) in zip(found, sizes, strict=True):
        assert pictures.is_upright(page)
        longest = 24 if steps == [RESIZE] else max(width, height)
        assert max(page.width, page.height) == longest
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.tif", "page0", "page1", "page2", "source"]


def test_each_page_is_turned_for_itself(tmp_path):
    with (tmp_path / "source").open("w+b") as file:
        writer = TiffWriter(file, 8)
        for orientation in range(1, 9):
            writer.add(pictures.save_turned(tmp_path / "page", orientation, "tiff"))

    made = pipeline.process(tmp_path / "source", "tiff", [], tmp_path, "out")

    pages = [pictures.load(made.path, page=number) for number in range(8)]
    assert [pictures.is_upright(page) for page in pages] == [True] * 8


def test_of_several_pages_another_format_takes_the_first(tmp_path):
    source = pages_of(tmp_path / "source", [(96, 64), (64, 96)], tmp_path)

    made = pipeline.process(source, "tiff", [{"operation": "convert", "options": {"format": "jpeg"}}], tmp_path, "out")

    assert (made.width, made.height) == (96, 64)


def test_a_damaged_page_damages_the_whole_and_leaves_nothing(tmp_path):
    source = pages_of(tmp_path / "source", [(96, 64), (64, 96)], tmp_path)
    source.write_bytes(source.read_bytes()[:-200])
    before = sorted(path.name for path in tmp_path.iterdir())

    with pytest.raises(pipeline.Unreadable):
        pipeline.process(source, "tiff", [], tmp_path, "out")

    assert sorted(path.name for path in tmp_path.iterdir()) == before


def test_every_page_is_found_and_none_behind_the_last(tmp_path):
    sizes = [(24 + 2 * number, 16) for number in range(9)]
    source = pages_of(tmp_path / "source", sizes, tmp_path)

    for number in (8, 0, 3):
        page = FORMATS["tiff"].open(source, page=number)
        assert (page.width, page.height) == sizes[number]
        assert pictures.is_upright(page.copy_memory())
    with pytest.raises(pictures.pyvips.Error):
        FORMATS["tiff"].open(source, page=9)


def test_a_chain_of_pages_that_runs_in_a_circle_ends(tmp_path):
    source = pages_of(tmp_path / "source", [(96, 64), (64, 96)], tmp_path)
    content = bytearray(source.read_bytes())
    (_, _), (place, link) = walk_directories(bytes(content))
    content[link : link + 4] = place.to_bytes(4, "little")
    source.write_bytes(content)

    assert len(walk_directories(bytes(content))) == 2


def test_the_mask_of_a_page_is_a_page_in_black_and_white(tmp_path):
    half = pyvips.Image.black(48, 64).join(pyvips.Image.black(48, 64) + 255, "horizontal")
    half.cast("uchar").copy(interpretation="b-w").tiffsave(str(tmp_path / "mask"), bitdepth=1)
    black_is_zero, mask = (struct.pack("<HHIHH", 262, 3, 1, value, 0) for value in (1, 4))
    content = (tmp_path / "mask").read_bytes()
    assert content.count(black_is_zero) == 1
    (tmp_path / "mask").write_bytes(content.replace(black_is_zero, mask))
    with (tmp_path / "source").open("w+b") as file:
        writer = TiffWriter(file, 2)
        writer.add(pictures.save(pictures.corners(96, 64), tmp_path / "scan", "tiff"))
        writer.add(tmp_path / "mask")

    made = pipeline.process(tmp_path / "source", "tiff", [RESIZE], tmp_path, "out")

    page = pictures.load(made.path, page=1)
    assert (page(1, 1), page(page.width - 2, 1)) == ([0.0], [255.0])
