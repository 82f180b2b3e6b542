"""Copyright, artist and caption are written where other programs read them, in every script."""

import struct

import pytest
from anyascii import anyascii
from lxml import etree
from PIL import Image, IptcImagePlugin

from photos.imaging import pipeline
from photos.imaging.formats.metadata import iptc, xmp
from photos.imaging.operations import InvalidSteps, parse_steps
from tests.photos.imaging import pictures

COPYRIGHT, ARTIST, CAPTION = 33432, 315, 270  # EXIF 2.32, tables 3 and 4
SPACES = {"dc": xmp.DC, "rdf": xmp.RDF, "tiff": xmp.TIFF, "rights": xmp.RIGHTS}
PACKET = f"""<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{xmp.RDF}">
<rdf:Description rdf:about="uuid:1" xmlns:dc="{xmp.DC}" xmlns:tiff="{xmp.TIFF}" tiff:Artist="Ben" tiff:Make="Pinhole">
<dc:creator><rdf:Seq><rdf:li>Ben</rdf:li></rdf:Seq></dc:creator>
<dc:subject><rdf:Bag><rdf:li>beach</rdf:li></rdf:Bag></dc:subject>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>""".encode()


def set_to(**options):
    return {"operation": "set-metadata", "options": options}


def strip(*keep):
    return {"operation": "strip-metadata", "options": {"keep": list(keep)}}


def made(tmp_path, *steps, format="jpeg", **fields):
    """The output of a picture with these fields."""
    source = pictures.save(pictures.with_fields(pictures.corners(), **fields), tmp_path / "source", format)
    return pipeline.process(source, format, steps, tmp_path, "out").path


def packet(path):
    """The XMP of a file, read."""
    return etree.fromstring(bytes(pictures.load(path).get("xmp-data")))


def found(path, expression):
    """What the XMP of a file says there."""
    return packet(path).xpath(f"//{expression}", namespaces=SPACES)


def exif(path):
    """The first directory of a file's EXIF, as Pillow reads it."""
    with Image.open(path) as picture:
        return dict(picture.getexif())


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif"])
def test_all_three_can_be_read_back_as_exif(tmp_path, format):
    path = made(tmp_path, set_to(copyright="All mine", artist="Ana", caption="A beach"), format=format)

    told = exif(path)
    assert (told[COPYRIGHT], told[ARTIST], told[CAPTION]) == ("All mine", "Ana", "A beach")


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff"])
def test_all_three_can_be_read_back_as_xmp_in_every_script(tmp_path, format):
    path = made(tmp_path, set_to(copyright="© Ana & 安娜", artist="Ana Müller", caption="<海>"), format=format)

    assert found(path, "dc:rights/rdf:Alt/rdf:li/text()") == ["© Ana & 安娜"]
    assert found(path, "dc:creator/rdf:Seq/rdf:li/text()") == ["Ana Müller"]
    assert found(path, "dc:description/rdf:Alt/rdf:li/text()") == ["<海>"]
    assert found(path, "rights:Marked/text()") == ["True"]


def test_exif_has_latin_letters_for_what_it_cannot_hold(tmp_path):
    told = exif(made(tmp_path, set_to(copyright="© Ana Müller", artist="Юлия")))

    assert told[COPYRIGHT] == "(C) Ana Muller"
    assert told[ARTIST] == "Yuliya"


def test_what_is_not_set_stays(tmp_path):
    told = {"exif-ifd0-Artist": "Ben", "exif-ifd0-Make": "Pinhole", "exif-ifd2-DateTimeOriginal": "2019:06:07 08:09:10"}
    path = made(tmp_path, set_to(copyright="Mine"), **told, xmp_data=PACKET)

    assert exif(path)[ARTIST] == "Ben"
    assert exif(path)[271] == "Pinhole"
    assert found(path, "dc:creator//rdf:li/text()") == ["Ben"]
    assert found(path, "dc:subject//rdf:li/text()") == ["beach"]


def test_what_is_set_replaces_what_every_part_of_the_file_said(tmp_path):
    path = made(tmp_path, set_to(artist="Ana"), exif_ifd0_Artist="Ben", xmp_data=PACKET)

    assert exif(path)[ARTIST] == "Ana"
    assert found(path, "dc:creator//rdf:li/text()") == ["Ana"]
    assert found(path, "*/@tiff:Artist") == []
    assert found(path, "*/@tiff:Make") == ["Pinhole"]
    assert set(found(path, "rdf:Description/@rdf:about")) == {"uuid:1"}


@pytest.mark.parametrize("broken", [b"", b"<x", b"no packet", b"<a/>", PACKET[:300], b"\xff\xfe\0\0", b"\0" * 40])
def test_a_packet_that_cannot_be_read_is_replaced(tmp_path, broken):
    path = made(tmp_path, set_to(artist="Ana"), xmp_data=broken)

    assert found(path, "dc:creator//rdf:li/text()") == ["Ana"]


def test_a_packet_that_declares_entities_is_replaced():
    sly = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><x:xmpmeta xmlns:x="adobe:ns:meta/">&e;</x:xmpmeta>'

    assert xmp.update_texts(sly, {xmp.ARTIST: "Ana"}) == xmp.update_texts(b"", {xmp.ARTIST: "Ana"})


def test_the_year_of_each_picture_can_be_part_of_its_copyright(tmp_path):
    path = made(
        tmp_path, set_to(copyright="© {year} {artist}", artist="Ana"), exif_ifd2_DateTimeOriginal="2019:06:07 08:09:10"
    )

    assert found(path, "dc:rights//rdf:li/text()") == ["© 2019 Ana"]


def test_what_is_set_after_stripping_is_all_there_is(tmp_path):
    place = {"exif-ifd3-GPSLatitude": "52/1 30/1 0/1", "exif-ifd0-Make": "Pinhole"}
    path = made(tmp_path, strip(), set_to(copyright="Mine {year}"), **place, xmp_data=PACKET)

    assert exif(path)[COPYRIGHT].startswith("Mine 20")
    assert 271 not in exif(path)
    assert not [name for name in pictures.load(path).get_fields() if "GPS" in name]
    assert b"beach" not in bytes(pictures.load(path).get("xmp-data"))


@pytest.mark.parametrize(("keep", "left"), [((), []), (("copyright",), ["Mine"])])
def test_what_is_set_before_stripping_goes_unless_copyright_is_kept(tmp_path, keep, left):
    path = made(tmp_path, set_to(copyright="Mine", caption="A beach"), strip(*keep))

    told = exif(path)
    assert [told[tag] for tag in (COPYRIGHT,) if tag in told] == left
    assert CAPTION not in told


def block(*texts):
    """An IPTC block as JPEG files have it, between other resources of Photoshop."""
    data = b"".join(struct.pack(">BBBH", 0x1C, *number, len(value)) + value for number, value in texts)
    parts = [(b"", 0x03ED, b"\0" * 16), (b"odd", 0x0404, data), (b"", 0x0406, b"\1\2\3")]
    return iptc.PHOTOSHOP_SIGNATURE + b"".join(iptc.pack_resource(*part) for part in parts)


WHOLE = f"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="{xmp.RDF}">
<rdf:Description xmlns:dc="{xmp.DC}"><dc:rights><rdf:Alt><rdf:li>© Ana Müller</rdf:li></rdf:Alt></dc:rights>
<dc:creator><rdf:Seq><rdf:li>Ana Müller</rdf:li></rdf:Seq></dc:creator><dc:title>A beach</dc:title>
</rdf:Description></rdf:RDF></x:xmpmeta>""".encode()
IN_ASCII = {"exif_ifd0_Copyright": "(C) Ana Muller", "exif_ifd0_Artist": "Ana Muller"}


def in_iptc(coding=iptc.UTF_8, letters="utf-8"):
    texts = [(iptc.COPYRIGHT, "© Ana Müller".encode(letters)), (iptc.ARTIST, "Ana Müller".encode(letters))]
    return block(*([(iptc.CHARACTER_SET, coding)] if coding else []), *texts)


KNOWN = {
    "XMP": {"xmp_data": WHOLE},
    "XMP, and EXIF in plain letters": {"xmp_data": WHOLE, **IN_ASCII},
    "IPTC": {"iptc_data": in_iptc()},
    "IPTC that says no coding": {"iptc_data": in_iptc(b"")},
    "IPTC in old letters": {"iptc_data": in_iptc(b"", "latin-1")},
    "EXIF without an artist, and XMP": {"xmp_data": WHOLE, "exif_ifd0_Copyright": "(C) Ana Muller"},
}


@pytest.mark.parametrize("known", KNOWN)
@pytest.mark.parametrize("format", ["jpeg", "png", "tiff", "webp"])
@pytest.mark.parametrize("anew", [True, False])
def test_a_copyright_that_is_kept_is_kept_wherever_it_stands(tmp_path, known, format, anew):
    convert = {"operation": "convert", "options": {"format": format}}
    steps = [strip("copyright"), *([convert] if anew or format != "jpeg" else [])]
    path = made(tmp_path, *steps, **({"exif_ifd0_Make": "Pinhole"} | KNOWN[known]))

    assert found(path, "dc:rights//rdf:li/text()") == ["© Ana Müller"]
    assert found(path, "dc:creator//rdf:li/text()") == ["Ana Müller"]
    assert (exif(path).get(COPYRIGHT), exif(path).get(ARTIST)) == ("(C) Ana Muller", "Ana Muller")
    assert b"beach" not in path.read_bytes()
    assert b"Pinhole" not in path.read_bytes()


def test_exif_is_believed_where_others_say_something_else(tmp_path):
    path = made(tmp_path, strip("copyright"), exif_ifd0_Artist="Ben", xmp_data=WHOLE)

    assert exif(path)[ARTIST] == "Ben"
    assert found(path, "dc:creator//rdf:li/text()") == []
    assert found(path, "dc:rights//rdf:li/text()") == ["© Ana Müller"]


def test_what_is_set_comes_before_what_is_kept(tmp_path):
    path = made(tmp_path, set_to(artist="Eve"), strip("copyright"), xmp_data=WHOLE)

    assert found(path, "dc:creator//rdf:li/text()") == ["Eve"]
    assert found(path, "dc:rights//rdf:li/text()") == ["© Ana Müller"]


@pytest.mark.parametrize("steps", [(), ({"operation": "resize", "options": {"longest_edge": 40}},)])
@pytest.mark.parametrize(
    "text", ["Agency (Berlin)", "Ana (Photo) Müller", "(C)", "a (b, ASCII, 3 components, 4 bytes)"]
)
def test_brackets_in_a_text_are_kept(tmp_path, text, steps):
    path = made(tmp_path, *steps, set_to(artist=text))
    again = pipeline.process(path, "jpeg", [{"operation": "flip"}, set_to(copyright="© {artist}")], tmp_path, "again")

    assert exif(path)[ARTIST] == anyascii(text)
    assert exif(again.path)[ARTIST] == anyascii(text)
    assert found(again.path, "dc:rights//rdf:li/text()") == [f"© {text}"]


@pytest.mark.parametrize("letters", ["\x01\x02", "\x0b"])
def test_what_cannot_be_shown_stops_nothing(tmp_path, letters):
    told = block((iptc.ARTIST, f"Ana{letters}Müller".encode()))

    path = made(tmp_path, strip("copyright"), iptc_data=told)

    assert found(path, "dc:creator//rdf:li/text()") == ["Ana Müller"]


def test_a_later_step_has_the_last_word(tmp_path):
    path = made(tmp_path, set_to(artist="Ben", caption="A beach"), set_to(artist="Ana"))

    assert (exif(path)[ARTIST], exif(path)[CAPTION]) == ("Ana", "A beach")


def test_iptc_says_the_same_where_there_is_any(tmp_path):
    old = block((iptc.CHARACTER_SET, iptc.UTF_8), (iptc.ARTIST, b"Ben"), ((2, 25), b"beach"), (iptc.ARTIST, b"Eve"))
    path = made(tmp_path, set_to(artist="Ana Müller", copyright="© Ana"), iptc_data=old)

    with Image.open(path) as picture:
        told = IptcImagePlugin.getiptcinfo(picture)
    assert told[iptc.ARTIST] == "Ana Müller".encode()
    assert told[iptc.COPYRIGHT] == "© Ana".encode()
    assert told[(2, 25)] == b"beach"
    assert bytes(pictures.load(path).get("iptc-data")).endswith(b"\1\2\3\0")


def test_iptc_without_a_coding_stays_in_that_of_its_time():
    old = block((iptc.ARTIST, b"Ben"))

    new = iptc.update_texts(old, {iptc.ARTIST: "Müller", iptc.COPYRIGHT: "x" * 500})

    assert block((iptc.ARTIST, "Müller".encode("latin-1")), (iptc.COPYRIGHT, b"x" * 128)) == new


@pytest.mark.parametrize("cut", range(14, 90, 5))
def test_iptc_that_cannot_be_read_is_left_as_it_is(cut):
    old = block((iptc.CHARACTER_SET, iptc.UTF_8), (iptc.ARTIST, b"Ben"), ((2, 25), b"beach"))[:cut]

    new = iptc.update_texts(old, {iptc.ARTIST: "Ana"})

    assert new == old or b"Ana" in new


def test_no_iptc_is_made_up(tmp_path):
    assert "iptc-data" not in pictures.load(made(tmp_path, set_to(artist="Ana"))).get_fields()


def test_nothing_to_say_is_refused():
    with pytest.raises(InvalidSteps, match=r"^Step 1 \(set-metadata\): give copyright, artist or caption$"):
        parse_steps([set_to()])


@pytest.mark.parametrize("format", ["gif", "webp"])
def test_an_animation_keeps_moving(tmp_path, format):
    source = pictures.save_animation(tmp_path / "source", format)

    path = pipeline.process(source, format, [set_to(artist="Ana")], tmp_path, "out").path

    assert pictures.load(path, n=-1).get("n-pages") == 3


@pytest.mark.parametrize("given", [{}, {"artist": "{who}"}])
def test_words_in_braces_that_are_no_field_stay_in_a_name(tmp_path, given):
    path = made(tmp_path, set_to(copyright="© {artist}", **given), **{"exif-ifd0-Artist": "{who}"})

    assert found(path, "dc:rights//rdf:li")[0].text == "© {who}"
