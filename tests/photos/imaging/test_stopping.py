"""Work stops in the middle of a picture, from another thread, and leaves nothing behind."""

import threading
import time
from contextlib import contextmanager

import pytest

from photos.imaging import atomic_file, cancellation, pipeline
from photos.imaging.cancellation import Killer
from tests.photos.imaging import pictures


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A turned picture that takes a while."""
    noise = pictures.pyvips.Image.gaussnoise(500, 500, mean=128, sigma=50, seed=1).cast("uchar").replicate(10, 10)
    picture = pictures.with_fields(noise.bandjoin([noise, noise]).copy(interpretation="srgb"), orientation=6)
    return pictures.save(picture, tmp_path_factory.mktemp("large") / "source", Q=70, subsample_mode="auto")


def stopping(after: float, stopped_at: list[float]):
    """An `aborting` that stops the work after so many seconds."""

    @contextmanager
    def aborting(stop):
        def now():
            stopped_at.append(time.monotonic())
            stop()

        timer = threading.Timer(after, now)
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()

    return aborting


@pytest.mark.parametrize(
    "steps",
    [
        [],
        [{"operation": "resize", "options": {"longest_edge": 4000}}],
        [{"operation": "denoise"}],
        [{"operation": "auto-levels"}],
        [{"operation": "watermark", "options": {"tile": "diagonal"}}],
        [{"operation": "convert", "options": {"format": "png"}}],
        [{"operation": "convert", "options": {"format": "tiff"}}],
        [{"operation": "convert", "options": {"format": "gif"}}],
        [{"operation": "rotate", "options": {"angle": 3}}],
        [{"operation": "deskew"}, {"operation": "trim"}],
    ],
    ids=str,
)
@pytest.mark.parametrize("after", [0, 0.1])
def test_the_work_ends_soon_after_it_is_stopped(tmp_path, large, steps, after):
    stopped_at = []

    with pytest.raises(cancellation.Aborted):
        pipeline.process(large, "jpeg", steps, tmp_path, "out", stopping(after, stopped_at))

    assert time.monotonic() - stopped_at[0] < 3  # milliseconds on a machine that does nothing else
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("after", [0, 0.1])
def test_an_animation_ends_soon_after_it_is_stopped(tmp_path, large, after):
    roll = pictures.with_fields(pictures.load(large).crop(0, 0, 500, 5000), page_height=500)
    folder = tmp_path / "results"
    folder.mkdir()
    source = pictures.save(roll, tmp_path / "moving", "webp")
    stopped_at = []

    with pytest.raises(cancellation.Aborted):
        pipeline.process(source, "webp", [{"operation": "denoise"}], folder, "out", stopping(after, stopped_at))

    assert time.monotonic() - stopped_at[0] < 3
    assert list(folder.iterdir()) == []


def test_no_further_frame_is_computed_once_the_work_is_stopped():
    killer, begun = Killer(), []

    def frames():
        for number in range(5):
            begun.append(number)
            if number == 2:
                killer.stop()
            yield pictures.corners()

    with pytest.raises(pictures.pyvips.Error):
        killer.hold_strip(frames())
    assert begun == [0, 1, 2]


def test_work_that_was_stopped_before_it_began_does_not_begin(tmp_path, large):
    @contextmanager
    def aborting(stop):
        stop()
        yield

    with pytest.raises(cancellation.Aborted):
        pipeline.process(large, "jpeg", [], tmp_path, "out", aborting)
    assert list(tmp_path.iterdir()) == []


def test_a_bad_file_is_not_called_aborted(tmp_path):
    path = tmp_path / "source"
    path.write_bytes(b"\xff\xd8\xff\xe0")

    with pytest.raises(pipeline.Unreadable):
        pipeline.process(path, "jpeg", [], tmp_path, "out", stopping(60, []))


def test_an_output_appears_whole_or_not_at_all(tmp_path, monkeypatch):
    source = pictures.save(pictures.corners(), tmp_path / "source")
    seen = []
    monkeypatch.setattr(atomic_file, "sync", lambda path: seen.append(sorted(each.name for each in tmp_path.iterdir())))

    made = pipeline.process(source, "jpeg", [], tmp_path, "out")

    assert "out.jpg" not in seen[0]
    assert sorted(each.name for each in tmp_path.iterdir()) == ["out.jpg", "source"]
    assert made.size == (tmp_path / "out.jpg").stat().st_size
