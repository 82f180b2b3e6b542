"""What a file says beside its picture is kept, until somebody asks for it to go."""

import pytest
from PIL import Image

from photos.imaging import pipeline
from photos.imaging.formats import FORMATS, Saving
from photos.imaging.formats.metadata import exif, iptc, vips_fields
from photos.imaging.formats.metadata.ifd import ASCII, Tag
from photos.imaging.formats.tiff.pages import TiffWriter
from photos.imaging.operations import InvalidSteps, parse_steps
from tests.photos.imaging import pictures

PLACE = {"exif-ifd3-GPSLatitude": "52/1 30/1 0/1", "exif-ifd3-GPSLongitude": "13/1 24/1 0/1"}
CAMERA = {"exif-ifd0-Make": "Pinhole", "exif-ifd2-DateTimeOriginal": "2023:09:25 08:33:30"}
OWNER = {"exif-ifd0-Copyright": "Ana", "exif-ifd0-Artist": "Ana A."}
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf tiff:Orientation="6"/><city>Berlin</city></x:xmpmeta>'


def told(tmp_path, *steps, format="jpeg", **fields):
    """The fields of the output of a picture with these fields."""
    # Ours for TIFF, of which libvips neither writes nor reads EXIF.
    FORMATS[format].save(pictures.with_fields(pictures.corners(), **fields), tmp_path / "source", Saving(format))
    made = pipeline.process(tmp_path / "source", format, steps, tmp_path, "out")
    return fields_of(made.path, made.format)


def fields_of(path, format):
    picture = FORMATS[format].open(path)
    return {name: picture.get(name) for name in picture.get_fields()}


def with_texts(picture, texts):
    """The picture with these texts in its EXIF as they are: libvips would write them in plain Latin letters."""
    found = exif.describe_image(picture)
    for number, text in texts.items():
        value = text.encode() + b"\0"
        found.main[number] = Tag(ASCII, len(value), value)
    return exif.replace_exif(picture, found)


def strip(*keep):
    return {"operation": "strip-metadata", "options": {"keep": list(keep)}}


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff"])
def test_place_date_and_camera_are_kept(tmp_path, format):
    fields = told(tmp_path, format=format, **PLACE, **CAMERA, **OWNER)

    for name, value in (CAMERA | OWNER).items():
        assert fields[name].startswith(value)
    assert "exif-ifd3-GPSLatitude" in fields


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff"])
def test_stripping_leaves_nothing(tmp_path, format):
    fields = told(tmp_path, strip(), format=format, **PLACE, **CAMERA, **OWNER, xmp_data=XMP, iptc_data=b"Berlin")

    assert [name for name in fields if name.startswith(("exif-ifd", "xmp", "iptc", "icc"))] == []


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff"])
def test_stripping_can_keep_the_copyright_alone(tmp_path, format):
    fields = told(tmp_path, strip("copyright"), format=format, **PLACE, **CAMERA, **OWNER, xmp_data=XMP)

    assert fields["exif-ifd0-Copyright"].startswith("Ana ")
    assert fields["exif-ifd0-Artist"].startswith("Ana A.")
    assert not [name for name in fields if "GPS" in name or "Make" in name or "Original" in name or "xmp" in name]


@pytest.mark.parametrize("steps", [(), (strip("orientation"),), (strip(),)])
def test_the_orientation_never_turns_a_picture_twice(tmp_path, steps):
    source = pictures.save_turned(tmp_path / "source", 6)

    made = pipeline.process(source, "jpeg", steps, tmp_path, "out")

    picture = pictures.load(made.path)
    assert picture.get_typeof("orientation") == 0 or picture.get("orientation") == 1
    assert pictures.is_upright(picture)


def test_keeping_the_orientation_says_that_the_picture_is_upright(tmp_path):
    assert told(tmp_path, strip("orientation"))["orientation"] == 1


def test_other_metadata_does_not_contradict_it_either(tmp_path):
    fields = told(tmp_path, xmp_data=XMP)

    assert b'tiff:Orientation="1"' in fields["xmp-data"]
    assert b"Berlin" in fields["xmp-data"]


def test_the_camera_s_own_small_picture_does_not_survive_a_change(tmp_path):
    small = pictures.corners(32, 20).jpegsave_buffer()
    flip = {"operation": "flip"}

    assert "jpeg-thumbnail-data" not in told(tmp_path, flip, jpeg_thumbnail_data=small, **CAMERA)


@pytest.mark.parametrize(("shown", "left"), [(True, False), (False, True)])
@pytest.mark.parametrize("format", ["jpeg", "png", "webp"])
def test_neither_does_the_one_in_the_note_of_its_maker(tmp_path, shown, left, format):
    note = b"PINHOLE\0" + (pictures.corners(32, 20).jpegsave_buffer(keep="none") if shown else b"f/8")
    described = exif.Description(exif={37500: Tag(7, len(note), note), 36867: Tag(ASCII, 5, b"2023\0")})
    pictures.save(exif.replace_exif(pictures.corners(), described), tmp_path / "source")
    assert note in (tmp_path / "source").read_bytes()
    steps = [{"operation": "crop", "options": {"width": 50}}, {"operation": "convert", "options": {"format": format}}]

    made = pipeline.process(tmp_path / "source", "jpeg", steps, tmp_path, "out")

    assert (note in made.path.read_bytes()) is left
    assert "exif-ifd2-DateTimeOriginal" in fields_of(made.path, format)


def resources(**numbered):
    """Resources of Photoshop by their numbers, with a caption among them."""
    caption = (1028, b"\x1c\x02\x78\x00\x06Berlin")
    found = [caption, *((int(number[1:]), data) for number, data in numbered.items())]
    return iptc.PHOTOSHOP_SIGNATURE + b"".join(iptc.pack_resource(b"", number, data) for number, data in found)


SEEN = b"what was cut away"
COPIES = {f"r{number}": SEEN for number in (1033, 1036, 1039, 1058, 1059, 1060)}


@pytest.mark.parametrize("step", [{"operation": "crop", "options": {"width": 50}}, {"operation": "resize"}])
def test_what_photoshop_repeats_of_a_picture_does_not_survive_a_change(tmp_path, step):
    fields = told(tmp_path, step, iptc_data=resources(**COPIES, r1035=b"https://example.org"), **CAMERA)

    assert SEEN not in (tmp_path / "out.jpg").read_bytes()
    assert fields["iptc-data"] == resources(r1035=b"https://example.org")


@pytest.mark.parametrize("steps", [[{"operation": "crop", "options": {"width": 50}}], []])
def test_neither_does_it_in_a_tiff(tmp_path, steps):
    picture = pictures.with_fields(pictures.corners(), photoshop_data=resources(r1036=SEEN)[14:])
    picture.tiffsave(str(tmp_path / "source"))
    assert SEEN in (tmp_path / "source").read_bytes()
    owner = {"operation": "set-metadata", "options": {"artist": "Ana"}}

    made = pipeline.process(tmp_path / "source", "tiff", [*steps, owner], tmp_path, "out")

    assert SEEN not in made.path.read_bytes()


def test_what_photoshop_says_in_a_broken_block_is_taken_up_to_the_break(tmp_path):
    broken = resources(r1036=SEEN) + b"broken" + iptc.pack_resource(b"", 1036, SEEN)

    fields = told(tmp_path, {"operation": "flip"}, iptc_data=broken)

    assert fields["iptc-data"] == resources()


SIZED = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"'
    b' xmlns:tiff="http://ns.adobe.com/tiff/1.0/" exif:PixelXDimension="9000" exif:PixelYDimension="6000"'
    b' tiff:ImageWidth="9000" xmp:Rating="4"><tiff:ImageLength>6000</tiff:ImageLength><xmp:Thumbnails><rdf:Alt><rdf:li'
    b" xmlns:g='http://ns.adobe.com/xap/1.0/g/img/'><g:image>what was cut away</g:image></rdf:li></rdf:Alt>"
    b"</xmp:Thumbnails></rdf:Description></rdf:RDF></x:xmpmeta>"
)


def test_xmp_shows_and_measures_no_picture_that_is_not_there_any_more(tmp_path):
    packet = told(tmp_path, {"operation": "crop", "options": {"width": 50}}, xmp_data=SIZED)["xmp-data"]

    assert not [word for word in (SEEN, b"9000", b"6000", b"Thumbnails") if word in packet]
    assert b'Rating="4"' in packet


def test_xmp_that_cannot_be_read_and_may_show_a_picture_goes(tmp_path):
    assert "xmp-data" not in told(tmp_path, {"operation": "flip"}, xmp_data=SIZED[:-9])


@pytest.mark.parametrize("format", ["png", "jpeg", "webp", "tiff"])
def test_a_text_with_odd_bytes_in_its_name_stops_nothing(tmp_path, format):
    source = pictures.add_odd_text(pictures.save(pictures.corners(), tmp_path / "source", "png"))
    convert = {"operation": "convert", "options": {"format": format}}

    for steps in ([convert], [convert, strip()], [convert, strip("copyright")]):
        made = pipeline.process(source, "png", steps, tmp_path, "out")
        assert pictures.is_upright(pictures.load(made.path))


def test_odd_names_of_fields_can_be_listed_and_removed(tmp_path):
    path = pictures.add_odd_text(pictures.save(pictures.corners(), tmp_path / "source", "png"))
    picture = pictures.pyvips.Image.pngload(str(path))
    odd = [name for name in vips_fields.field_names(picture) if name.startswith("png-comment-")]

    assert len(odd) == 1
    assert not set(odd) & set(vips_fields.field_names(vips_fields.remove_fields(picture, odd)))


@pytest.mark.parametrize("target", ["jpeg", "png", "webp", "avif", "tiff"])
@pytest.mark.parametrize("format", ["jpeg", "tiff"])
def test_a_picture_takes_its_metadata_into_another_format(tmp_path, format, target):
    convert = {"operation": "convert", "options": {"format": target}}
    picture = pictures.with_fields(pictures.corners(), **PLACE, **CAMERA, **OWNER, xmp_data=XMP)
    FORMATS[format].save(picture, tmp_path / "source", Saving(format))

    made = pipeline.process(tmp_path / "source", format, [convert], tmp_path, "out")

    fields = fields_of(made.path, target)
    for name, value in (CAMERA | OWNER | PLACE).items():
        assert fields[name].startswith(value), name
    assert b"Berlin" in fields["xmp-data"]


def test_what_another_program_reads_in_a_tiff_is_the_same(tmp_path):
    picture = with_texts(pictures.with_fields(pictures.corners(), **CAMERA, **OWNER, **PLACE), {270: "Grüße vom Meer"})
    FORMATS["tiff"].save(picture, tmp_path / "source", Saving("tiff"))

    with Image.open(tmp_path / "source") as opened:
        found = opened.getexif()
        assert (found[271], found[315], found[33432]) == ("Pinhole", "Ana A.", "Ana")
        assert found[270].encode("latin-1").decode() == "Grüße vom Meer"
        assert found.get_ifd(34665)[36867] == CAMERA["exif-ifd2-DateTimeOriginal"]
        assert found.get_ifd(34853)[2] == (52.0, 30.0, 0.0)


def test_the_first_of_several_pages_keeps_what_it_says(tmp_path):
    with (tmp_path / "source").open("w+b") as file:
        writer = TiffWriter(file, 2)
        for owner in ("Ana", "Ben"):
            picture = pictures.with_fields(pictures.corners(), exif_ifd0_Artist=owner, **PLACE, **CAMERA)
            FORMATS["tiff"].save(picture, tmp_path / "page", Saving("tiff"))
            writer.add(tmp_path / "page")

    made = pipeline.process(tmp_path / "source", "tiff", [], tmp_path, "out")

    fields = fields_of(made.path, "tiff")
    assert fields["exif-ifd0-Artist"].startswith("Ana")
    assert fields["exif-ifd3-GPSLatitude"].startswith("52/1 30/1")
    assert pictures.is_upright(pictures.load(made.path, page=1))


def test_a_description_in_which_nothing_is_where_it_should_be_stops_nothing(tmp_path):
    fields = CAMERA | OWNER | PLACE
    FORMATS["tiff"].save(pictures.with_fields(pictures.corners(), **fields), tmp_path / "whole", Saving("tiff"))
    content = (tmp_path / "whole").read_bytes()
    start = content.find(b"Pinhole") - 300
    for at in range(start, len(content) - 4):
        (tmp_path / "source").write_bytes(content[:at] + b"\xff\xff\xff\xff" + content[at + 4 :])
        exif.read_description(tmp_path / "source").block()


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff"])
def test_texts_in_any_script_are_written_as_they_are(tmp_path, format):
    picture = with_texts(pictures.with_fields(pictures.corners(), **CAMERA), {33432: "© Jörg 山田"})
    FORMATS["jpeg"].save(picture, tmp_path / "source", Saving("jpeg"))

    convert = {"operation": "convert", "options": {"format": format}}
    made = pipeline.process(tmp_path / "source", "jpeg", [convert], tmp_path, "out")

    fields = fields_of(made.path, format)
    assert fields["exif-ifd0-Copyright"].startswith("© Jörg 山田 ")
    assert fields["exif-ifd0-Make"].startswith("Pinhole ")


@pytest.mark.parametrize("format", ["jpeg", "png", "webp", "avif", "tiff"])
def test_the_place_alone_can_be_removed(tmp_path, format):
    step = {"operation": "strip-metadata", "options": {"only": "gps"}}
    fields = told(tmp_path, step, format=format, **PLACE, **CAMERA, **OWNER, xmp_data=placed_xmp())

    assert not [name for name in fields if "GPS" in name]
    assert b"gps" not in fields["xmp-data"].lower()
    assert b"52,30" not in fields["xmp-data"]
    assert not [word for word in (b"latitude", b"longtitude", b"52.5", b"13.4") if word in fields["xmp-data"].lower()]
    assert b"Berlin" in fields["xmp-data"]
    for name, value in (CAMERA | OWNER).items():
        assert fields[name].startswith(value), name
    assert b"GPS" not in (tmp_path / f"out.{FORMATS[format].extension}").read_bytes()


def placed_xmp() -> bytes:
    """XMP that says where, in each way in which it can."""
    return (
        b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        b'<rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" xmlns:drone="http://drone.example/1.0/"'
        b' xmlns:geo="http://www.w3.org/2003/01/geo/wgs84_pos#" xmlns:rss="http://www.georss.org/georss" geo:lat="52.5"'
        b' exif:GPSLatitude="52,30N" drone:GpsLatitude="52.5"><exif:GPSLongitude>13,24E</exif:GPSLongitude>'
        b"<geo:long>13.4</geo:long><rss:point>52.5 13.4</rss:point>"
        b"<drone:FlightLongtitude>13.4</drone:FlightLongtitude>"
        b"<city>Berlin</city></rdf:Description></rdf:RDF></x:xmpmeta>"
    )


@pytest.mark.parametrize("packet", ["<x GPSLatitude='52'", "GPSLatitude".encode("utf-16"), "<x><wgs84_pos#"])
def test_what_may_hold_a_place_and_cannot_be_read_goes(tmp_path, packet):
    content = packet.encode() if isinstance(packet, str) else packet
    step = {"operation": "strip-metadata", "options": {"only": "gps"}}

    assert "xmp-data" not in told(tmp_path, step, **CAMERA, xmp_data=content)


def test_photoshop_s_own_copy_of_the_place_goes_too(tmp_path):
    step = {"operation": "strip-metadata", "options": {"only": "gps"}}

    fields = told(tmp_path, step, iptc_data=resources(r1058=SEEN), **CAMERA)

    assert SEEN not in (tmp_path / "out.jpg").read_bytes()
    assert b"Berlin" in fields["iptc-data"]


def test_keeping_something_goes_with_removing_everything_alone():
    with pytest.raises(InvalidSteps, match="keep is possible only with everything"):
        parse_steps([{"operation": "strip-metadata", "options": {"only": "gps", "keep": ["copyright"]}}])


@pytest.mark.parametrize("format", ["jpeg", "png", "tiff"])
def test_the_resolution_on_paper_is_kept(tmp_path, format):
    picture = pictures.corners().copy(xres=300 / 25.4, yres=300 / 25.4)
    FORMATS["tiff"].save(picture, tmp_path / "source", Saving("tiff"))
    convert = {"operation": "convert", "options": {"format": format}}

    made = pipeline.process(tmp_path / "source", "tiff", [convert], tmp_path, "out")

    assert FORMATS[format].open(made.path).xres * 25.4 == pytest.approx(300, abs=0.5)


@pytest.mark.parametrize("first", ["jpeg", "tiff"])
@pytest.mark.parametrize("then", ["jpeg", "tiff"])
def test_the_oldest_kind_of_caption_goes_from_jpeg_to_tiff_and_back(tmp_path, first, then):
    caption = b"\x1c\x02\x78\x00\x06Berlin"
    picture = pictures.with_fields(pictures.corners(), iptc_data=caption)
    FORMATS[first].save(picture, tmp_path / "source", Saving(first))
    convert = {"operation": "convert", "options": {"format": then}}

    made = pipeline.process(tmp_path / "source", first, [convert], tmp_path, "out")

    block = bytes(FORMATS[then].open(made.path).get("iptc-data"))
    assert iptc.to_tiff_block(block).rstrip(b"\0") == caption
    assert block.startswith(b"Photoshop 3.0") == (then == "jpeg")
