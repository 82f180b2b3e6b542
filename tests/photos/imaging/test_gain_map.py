"""The gain map of an Ultra HDR picture comes along wherever all of the picture is shown in its own colours."""

import pytest
import pyvips

from photos.imaging import pipeline
from tests.photos.imaging import pictures


@pytest.fixture
def ultra(tmp_path):
    """Writes an Ultra HDR picture whose gain map is bright where the picture is red."""

    def make(orientation=1):
        picture = pictures.with_fields(
            pictures.STORAGE_TURNS[orientation](pictures.corners()), orientation=orientation, exif_ifd0_Artist="Ana"
        )
        bright = pyvips.Image.black(48, 32).draw_rect(255, 0, 0, 24, 16, fill=True)
        gain = pictures.with_fields(
            pictures.STORAGE_TURNS[orientation](bright), exif_ifd0_Artist="Ana", exif_ifd3_GPSLatitude="52/1 30/1 0/1"
        ).jpegsave_buffer(Q=95)
        for name, value in {
            "max-content-boost": [4.0] * 3, "min-content-boost": [1.0] * 3, "gamma": [1.0] * 3,
            "offset-sdr": [0.015625] * 3, "offset-hdr": [0.015625] * 3,
        }.items():  # fmt: skip
            picture.set_type(pyvips.GValue.array_double_type, f"gainmap-{name}", value)
        for name, value in {"hdr-capacity-min": 1.0, "hdr-capacity-max": 4.0}.items():
            picture.set_type(pyvips.GValue.gdouble_type, f"gainmap-{name}", value)
        picture.set_type(pyvips.GValue.gint_type, "gainmap-use-base-cg", 1)
        picture.set_type(pyvips.GValue.blob_type, "gainmap-data", gain)
        picture.jpegsave(str(tmp_path / "source"), Q=95)
        return tmp_path / "source"

    return make


def gain_of(path):
    """The gain map of a file, every pixel decoded."""
    data = pyvips.Image.uhdrload(str(path)).get("gainmap-data")
    return pyvips.Image.jpegload_buffer(data, fail_on="error").copy_memory()


KEEPS = {
    "nothing": [],
    "resize": [{"operation": "resize", "options": {"longest_edge": 48}}],
    "place": [{"operation": "strip-metadata", "options": {"only": "gps"}}],
}
LOSES = {
    "crop": [{"operation": "crop", "options": {"width": 40}}],
    "flip": [{"operation": "flip"}],
    "cover": [{"operation": "resize", "options": {"width": 40, "height": 40, "fit": "cover"}}],
    "webp": [{"operation": "convert", "options": {"format": "webp"}}],
    "metadata": [{"operation": "strip-metadata"}],
}


@pytest.mark.parametrize("steps", KEEPS.values(), ids=KEEPS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_comes_along_and_is_turned_as_the_picture_is(tmp_path, ultra, steps, orientation):
    made = pipeline.process(ultra(orientation), "jpeg", steps, tmp_path, "out")

    gain = gain_of(made.path)
    assert made.notes == ()
    assert pictures.is_upright(pictures.load(made.path))
    assert (gain.width, gain.height) == (48, 32)
    assert gain(6, 6)[0] > 200
    assert max(gain(42, 6)[0], gain(6, 26)[0], gain(42, 26)[0]) < 50
    assert pictures.load(made.path).get("exif-ifd0-Artist").startswith("Ana")
    assert pyvips.Image.uhdrload(str(made.path)).get("gainmap-max-content-boost") == pytest.approx([4.0] * 3, abs=0.01)


@pytest.mark.parametrize("orientation", [1, 6])
def test_it_does_not_say_where_the_picture_was_taken(tmp_path, ultra, orientation):
    source = ultra(orientation)
    assert [name for name in gain_of(source).get_fields() if "GPS" in name]

    made = pipeline.process(source, "jpeg", KEEPS["place"], tmp_path, "out")

    assert not [name for name in gain_of(made.path).get_fields() if name.startswith("exif")]


@pytest.mark.parametrize("steps", LOSES.values(), ids=LOSES)
def test_where_it_would_no_longer_fit_it_is_left_out_and_that_is_told(tmp_path, ultra, steps):
    made = pipeline.process(ultra(), "jpeg", steps, tmp_path, "out")

    assert "The HDR gain map was left out" in made.notes
    if made.format == "jpeg":
        with pytest.raises(pyvips.Error):
            pyvips.Image.uhdrload(str(made.path))


def test_a_gain_map_that_is_damaged_does_not_stop_the_picture(tmp_path, ultra):
    source = ultra(6)
    content = source.read_bytes()
    source.write_bytes(content[:-400])

    made = pipeline.process(source, "jpeg", [], tmp_path, "out")

    assert pictures.is_upright(pictures.load(made.path))
