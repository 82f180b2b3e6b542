"""Where steps change only what a file says, its pixels stay as they are coded, bit for bit, and nothing else stays."""

import struct

import pytest
import pyvips
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from photos.imaging import pipeline
from photos.imaging.formats import Unreadable
from photos.imaging.formats.colour import convert
from photos.imaging.formats.jpeg.segments import PIXEL_MARKERS, Malformed, walk_segments
from tests.photos.imaging import pictures

OWNER = {"exif-ifd0-Copyright": "Ana", "exif-ifd0-Make": "Pinhole", "exif-ifd3-GPSLatitude": "52/1 30/1 0/1"}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><note>%s</note></x:xmpmeta>'
SECRET = b"Behind the old mill"
EXTENDED = b"http://ns.adobe.com/xmp/extension/\0" + b"0" * 32 + struct.pack(">II", 40, 0)


def step(operation, **options):
    return {"operation": operation, "options": options}


TOLD_ANEW = {
    "upright": [step("auto-orient")],
    "named": [step("rename", template="{n}")],
    "small enough": [step("target-size", kilobytes=100)],
    "owned": [step("set-metadata", copyright="© Ana", artist="Ana Müller")],
    "without place": [step("strip-metadata", only="gps")],
    "bare": [step("strip-metadata")],
    "bare but for profile": [step("strip-metadata", keep=["profile"])],
    "bare but for owner": [step("strip-metadata", keep=["copyright", "orientation"])],
    "bare, then owned": [step("strip-metadata"), step("set-metadata", artist="Ana")],
}
PICTURES = {
    "plain": (pictures.corners(), {}),
    "progressive": (pictures.corners(), {"interlace": True}),
    "coarse": (pictures.corners(), {"Q": 40, "subsample_mode": "on"}),
    "grey": (pictures.grey(), {}),
    "with restarts": (pictures.corners(), {"restart_interval": 2}),
}


def segment(marker, content):
    return bytes([0xFF, marker]) + (2 + len(content)).to_bytes(2) + content


def with_segments(path, *added, after=b""):
    """The JPEG with more segments behind its first two bytes, and more behind its end."""
    content = path.read_bytes()
    path.write_bytes(content[:2] + b"".join(added) + content[2:] + after)
    return path


def coded(path):
    """What the pixels of a JPEG are coded as: tables, frames and scans, byte for byte."""
    data = path.read_bytes()
    return [data[each.start : each.end] for each in walk_segments(data) if each.marker in PIXEL_MARKERS]


def same_pixels(path, other):
    one, two = pictures.load(path), pictures.load(other)
    return (one.width, one.height, one.bands) == (two.width, two.height, two.bands) and (one - two).abs().max() == 0


@pytest.mark.parametrize("steps", TOLD_ANEW.values(), ids=TOLD_ANEW)
@pytest.mark.parametrize("kind", PICTURES)
def test_pixels_are_not_encoded_anew_where_nothing_asks_for_it(tmp_path, steps, kind):
    picture, options = PICTURES[kind]
    fields = pictures.with_fields(picture, xmp_data=XMP % b"a mill", **OWNER)
    source = pictures.save(fields, tmp_path / "source", **options)

    made = pipeline.process(source, "jpeg", steps, tmp_path, "out")

    assert coded(made.path) == coded(source)
    assert same_pixels(made.path, source)
    assert (made.width, made.height, made.size) == (96, 64, made.path.stat().st_size)
    assert made.notes == ()


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff", "gif"])
@pytest.mark.parametrize("steps", [TOLD_ANEW["upright"], TOLD_ANEW["named"]])
def test_a_file_of_which_nothing_changes_is_copied(tmp_path, format, steps):
    source = pictures.save(pictures.corners(), tmp_path / "source", format)

    made = pipeline.process(source, format, steps, tmp_path, "out")

    assert made.path.read_bytes() == source.read_bytes()


def test_an_animation_of_which_nothing_changes_is_copied(tmp_path):
    source = pictures.save_animation(tmp_path / "source")

    made = pipeline.process(source, "gif", TOLD_ANEW["named"], tmp_path, "out")

    assert made.path.read_bytes() == source.read_bytes()
    assert (made.width, made.height) == (48, 32)


ASKING = {
    "format": [step("strip-metadata"), step("convert", format="jpeg")],
    "quality": [step("convert", format="jpeg", quality=95)],
    "size": [step("resize", longest_edge=48)],
    "colours": [step("colour-profile", profile="display-p3")],
    "limit": [step("target-size", kilobytes=5)],
}


@pytest.mark.parametrize("steps", ASKING.values(), ids=ASKING)
def test_whoever_asks_for_an_encoding_gets_one(tmp_path, steps):
    noise = pyvips.Image.gaussnoise(96, 64, seed=1).cast("uchar").copy(interpretation="b-w").colourspace("srgb")
    source = pictures.save(noise, tmp_path / "source", Q=99)

    made = pipeline.process(source, "jpeg", steps, tmp_path, "out")

    assert coded(made.path) != coded(source)


@pytest.mark.parametrize("orientation", range(2, 9))
@pytest.mark.parametrize("steps", [TOLD_ANEW["upright"], TOLD_ANEW["bare"], TOLD_ANEW["owned"]])
def test_a_picture_that_is_not_upright_is_turned(tmp_path, orientation, steps):
    source = pictures.save_turned(tmp_path / "source", orientation)

    made = pipeline.process(source, "jpeg", steps, tmp_path, "out")

    assert pictures.is_upright(pictures.load(made.path))


BESIDE = {
    "EXIF": segment(0xE1, b"Exif\0\0" + SECRET),
    "XMP": segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP % SECRET),
    "more XMP": segment(0xE1, EXTENDED + SECRET),
    "Photoshop": segment(0xED, b"Photoshop 3.0\x008BIM\x04\x04\0\0\0\0\0\x18\x1c\x02\x78\0\x13" + SECRET),
    "comment": segment(0xFE, SECRET),
    "pictures": segment(0xE2, b"MPF\0" + SECRET),
    "FlashPix": segment(0xE2, b"FPXR\0" + SECRET),
    "odd profile": segment(0xE2, b"ICC_PROFILE\0\x07\x09" + SECRET),
    "small picture": segment(0xE0, b"JFXX\0\x10" + SECRET),
    "content credentials": segment(0xEB, b"JP\0\x01" + SECRET),
    "behind the colours": segment(0xEE, b"Adobe\0\x64\0\0\0\0\x01" + SECRET),
    "no colours": segment(0xEE, SECRET),
    **{f"APP{number}": segment(0xE0 + number, SECRET) for number in range(3, 16)},
}


def test_stripping_everything_leaves_nothing_of_any_kind(tmp_path):
    small = pictures.corners(32, 20).jpegsave_buffer(keep="none") + SECRET
    fields = pictures.with_fields(
        pictures.corners(),
        exif_ifd0_Artist=SECRET.decode(),
        exif_ifd2_UserComment=SECRET.decode(),
        jpeg_thumbnail_data=small,
        xmp_data=XMP % SECRET,
        iptc_data=b"\x1c\x02\x78\0\x13" + SECRET,
    )
    source = pictures.save(fields, tmp_path / "source")
    with_segments(source, *BESIDE.values(), after=SECRET)
    assert source.read_bytes().count(SECRET) > len(BESIDE)

    made = pipeline.process(source, "jpeg", TOLD_ANEW["bare"], tmp_path, "out")

    assert coded(made.path) == coded(source)
    assert SECRET not in made.path.read_bytes()
    assert made.path.read_bytes() == made.path.read_bytes()[:2] + b"".join(
        rest for rest in kept_segments(made.path, {0xEE})
    )


def kept_segments(path, others):
    """The segments of a JPEG, which has none but those of its pixels and these others."""
    data = path.read_bytes()
    for each in walk_segments(data):
        assert each.marker in PIXEL_MARKERS | others, hex(each.marker)
        yield data[each.start : each.end]


@pytest.mark.parametrize("kind", BESIDE)
@pytest.mark.parametrize("keep", [("profile",), ("copyright",), ("orientation",)])
def test_what_is_kept_brings_nothing_else_along(tmp_path, kind, keep):
    source = pictures.save(pictures.with_fields(pictures.corners(), **OWNER), tmp_path / "source")
    with_segments(source, BESIDE[kind])

    made = pipeline.process(source, "jpeg", [step("strip-metadata", keep=list(keep))], tmp_path, "out")

    assert SECRET not in made.path.read_bytes()
    assert b"Pinhole" not in made.path.read_bytes()


def test_a_comment_between_two_passes_of_a_picture_goes_too(tmp_path):
    source = pictures.save(pictures.corners(), tmp_path / "source", interlace=True)
    data = source.read_bytes()
    second = [each for each in walk_segments(data) if each.marker == 0xDA][1].start
    source.write_bytes(data[:second] + segment(0xFE, SECRET) + b"\xff\xff" + data[second:])

    made = pipeline.process(source, "jpeg", TOLD_ANEW["bare"], tmp_path, "out")

    assert SECRET not in made.path.read_bytes()
    assert same_pixels(made.path, source)


def test_the_small_picture_in_the_first_segment_goes_and_the_density_stays(tmp_path):
    source = pictures.save(pictures.corners(), tmp_path / "source", keep="none")
    jfif = b"JFIF\0\x01\x02\x01" + struct.pack(">HH", 300, 300) + b"\x07\x01" + SECRET + b"\0\0"
    with_segments(source, segment(0xE0, jfif))

    made = pipeline.process(source, "jpeg", TOLD_ANEW["bare"], tmp_path, "out")

    assert coded(made.path) == coded(source)
    assert SECRET not in made.path.read_bytes()
    assert pictures.load(made.path).xres * 25.4 == pytest.approx(300)


def test_the_profile_stays_byte_for_byte_where_it_is_kept(tmp_path):
    wide = pictures.corners().icc_transform("p3")
    source = pictures.save(pictures.with_fields(wide, **OWNER), tmp_path / "source")

    for steps in (TOLD_ANEW["bare but for profile"], TOLD_ANEW["owned"]):
        made = pipeline.process(source, "jpeg", steps, tmp_path, "out")
        assert coded(made.path) == coded(source)
        assert pictures.load(made.path).get("icc-profile-data") == convert.bundled_profile("p3")


@pytest.mark.parametrize(("profile", "untouched"), [("srgb", True), ("p3", False)])
def test_without_its_profile_a_picture_looks_the_same(tmp_path, profile, untouched):
    source = pictures.save(pictures.corners().icc_transform(profile), tmp_path / "source")

    made = pipeline.process(source, "jpeg", TOLD_ANEW["bare"], tmp_path, "out")

    assert (coded(made.path) == coded(source)) == untouched
    picture = pictures.load(made.path)
    assert not picture.get_typeof("icc-profile-data")
    assert picture(4, 4) == pytest.approx([220, 30, 30], abs=8)


@pytest.mark.parametrize("steps", [TOLD_ANEW["owned"], TOLD_ANEW["bare but for profile"]])
def test_printing_colours_stay_what_they_are(tmp_path, steps):
    source = pictures.save(pictures.corners().icc_transform("cmyk"), tmp_path / "source")

    made = pipeline.process(source, "jpeg", steps, tmp_path, "out")

    assert coded(made.path) == coded(source)
    assert same_pixels(made.path, source)
    assert pictures.load(made.path).get("icc-profile-data") == convert.bundled_profile("cmyk")


def test_what_nobody_asked_about_stays_in_the_file(tmp_path):
    source = pictures.save(pictures.with_fields(pictures.corners(), **OWNER), tmp_path / "source")
    beside = (segment(0xFE, b"A comment"), segment(0xE1, EXTENDED + b"more"), segment(0xE5, b"the maker's own"))
    with_segments(source, *beside, after=b"and a video behind")

    made = pipeline.process(source, "jpeg", TOLD_ANEW["owned"], tmp_path, "out")

    content = made.path.read_bytes()
    assert all(content.count(each) == 1 for each in beside)
    assert content.endswith(b"and a video behind")
    assert content.count(b"Exif\0") == 1
    assert pictures.load(made.path).get("exif-ifd0-Make").startswith("Pinhole")


def test_what_may_say_a_place_and_cannot_be_read_goes_with_it(tmp_path):
    source = pictures.save(pictures.with_fields(pictures.corners(), **OWNER), tmp_path / "source")
    known = segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + XMP % b"a mill")
    kinds = ("more XMP", "pictures", "FlashPix", "content credentials", "APP5")
    with_segments(source, known, *(BESIDE[kind] for kind in kinds), after=SECRET)

    made = pipeline.process(source, "jpeg", TOLD_ANEW["without place"], tmp_path, "out")

    assert coded(made.path) == coded(source)
    assert SECRET not in made.path.read_bytes()


def listed_pictures(order, first, second, offset):
    """The segment that says where two pictures are (CIPA DC-007)."""
    entries = struct.pack(order + "IIIHHIIIHH", 0x030000, first, 0, 0, 0, 0x010001, second, offset, 0, 0)
    tiff = (b"II*\0" if order == "<" else b"MM\0*") + struct.pack(order + "IH", 8, 2)
    tiff += struct.pack(order + "HHI", 0xB000, 7, 4) + b"0100"
    tiff += struct.pack(order + "HHIII", 0xB002, 7, len(entries), len(tiff) + 12 + 4, 0) + entries
    return segment(0xE2, b"MPF\0" + tiff)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("before", [True, False])
def test_other_pictures_in_the_file_are_still_found(tmp_path, order, before):
    second = pictures.corners(32, 20).jpegsave_buffer()
    source = pictures.save(pictures.with_fields(pictures.corners(), **OWNER), tmp_path / "source")
    content = source.read_bytes()
    at = 2 if before else next(each.end for each in walk_segments(content) if each.marker == 0xE1)
    length = len(listed_pictures(order, 0, 0, 0))
    mpf = listed_pictures(order, len(content) + length, len(second), len(content) + length - at - 8)
    source.write_bytes(content[:at] + mpf + content[at:] + second)

    made = pipeline.process(source, "jpeg", TOLD_ANEW["owned"], tmp_path, "out")

    content = made.path.read_bytes()
    base = content.find(b"MPF\0") + 4
    entries = struct.unpack_from(order + "IIIHHIIIHH", content, base + 8 + 2 + 24 + 4)
    assert entries[1] == len(content) - len(second)
    assert content[base + entries[7] :] == second
    assert entries[6] == len(second)


@pytest.mark.parametrize("steps", [TOLD_ANEW["bare"], TOLD_ANEW["named"], TOLD_ANEW["owned"]])
def test_damage_is_found_although_nothing_is_encoded(tmp_path, steps):
    source = pictures.save(pictures.corners(400, 300), tmp_path / "source")
    source.write_bytes(source.read_bytes()[:-500])

    with pytest.raises(Unreadable, match="ends in the middle"):
        pipeline.process(source, "jpeg", steps, tmp_path, "out")

    assert [path.name for path in tmp_path.iterdir()] == ["source"]


@pytest.fixture(scope="module")
def rich(tmp_path_factory):
    """A JPEG with something of every kind, in several passes."""
    path = tmp_path_factory.mktemp("rich") / "rich"
    pictures.save(pictures.with_fields(pictures.corners(32, 24), **OWNER), path, interlace=True)
    return with_segments(
        path, listed_pictures(">", 900, 8, 600), *BESIDE.values(), after=b"\xff\xd8\xff\xd9more"
    ).read_bytes()


@given(st.binary(max_size=300))
def test_any_bytes_are_segments_or_malformed(rest):
    data = b"\xff\xd8" + rest
    found, ended = [], False
    try:
        for each in walk_segments(data):
            found.append(each)
        ended = True
    except Malformed:
        pass

    ends = [2, *(each.end for each in found)]
    assert all(end <= each.start < each.end <= len(data) for end, each in zip(ends, found, strict=False))
    assert ended == bool(found and found[-1].marker == 0xD9)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=150)
@given(
    changes=st.lists(st.tuples(st.integers(0, 5000), st.binary(min_size=1, max_size=4)), max_size=4),
    cut=st.integers(0, 5000),
    steps=st.sampled_from(list(TOLD_ANEW.values())),
)
def test_a_damaged_file_becomes_a_whole_one_or_is_refused_in_words(tmp_path, rich, changes, cut, steps):
    content = bytearray(rich)
    for at, new in changes:
        content[2 + at % len(rich) : 2 + at % len(rich) + len(new)] = new
    (tmp_path / "source").write_bytes(content[: max(3, len(rich) - cut // 10)])

    try:
        made = pipeline.process(tmp_path / "source", "jpeg", steps, tmp_path, "out")
    except Unreadable:
        return
    pictures.load(made.path)
    if steps in (TOLD_ANEW["bare"], TOLD_ANEW["bare but for profile"]):
        assert b"Pinhole" not in made.path.read_bytes()


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 3)])
@pytest.mark.parametrize("format", ["jpeg", "webp", "png"])
def test_a_thin_picture_is_not_taken_for_damaged(tmp_path, format, size):
    """It is looked through as small as its decoder can, which must leave a pixel of it."""
    thin = pyvips.Image.black(*size, bands=3).copy(interpretation="srgb")
    source = pictures.save(thin, tmp_path / "source", format)

    made = pipeline.process(source, format, [step("auto-orient")], tmp_path, "out")

    assert made.path.read_bytes() == source.read_bytes()
