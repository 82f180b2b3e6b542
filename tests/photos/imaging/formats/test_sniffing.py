"""Files are known by what they contain."""

import pytest

from photos.imaging.formats import sniff
from tests.photos.imaging import pictures


@pytest.mark.parametrize("format", pictures.FORMATS)
def test_each_format_is_known_by_its_content_whatever_its_name(tmp_path, format):
    path = pictures.save(pictures.corners(), tmp_path / "holiday.txt", format)

    assert sniff(path) == format


@pytest.mark.parametrize(
    ("start", "format"),
    [
        (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic", "heic"),
        (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "heic"),
        (b"\0\0\0\x1cftypmif1\0\0\0\0mif1avifmiaf", "avif"),
        (b"\0\0\0\x18ftypavis\0\0\0\0avismsf1", "avif"),
        (b"\0\0\0\x18ftypcrx \0\0\0\x01crx isom", "raw"),
        (b"\0\0\0\x18ftypisom\0\0\x02\0isommp41", None),
        (b"\xff\x0a\xfa\x1f", "jxl"),
        (b"\0\0\0\x0cJXL \r\n\x87\n", "jxl"),
        (b"%PDF-1.7\n", "pdf"),
        (b"\n" * 600 + b"%PDF-1.4", "pdf"),
        (b"FUJIFILMCCD-RAW 0201", "raw"),
        (b"II*\0\x10\0\0\0CR\x02\0", "raw"),
        (b"RIFF\0\0\0\0WAVEfmt ", None),
        (b"GIF88a", None),
        (b"\xff\xd8", None),
        (b"BM\x8a\xc0\0\0", None),
        (b"PK\x03\x04", None),
        (b"", None),
    ],
)
def test_first_bytes_decide(tmp_path, start, format):
    path = tmp_path / "holiday.jpg"
    path.write_bytes(start)

    assert sniff(path) == format


def test_a_tiff_with_a_dng_version_is_a_raw_file(tmp_path):
    path = tmp_path / "shot.tif"
    path.write_bytes(b"II*\0\x08\0\0\0" + b"\x01\0" + b"\x12\xc6\x01\0\x04\0\0\0\x01\x04\0\0" + bytes(4))

    assert sniff(path) == "raw"


@pytest.mark.parametrize("offset", [b"\xff\xff\xff\xff", b"\x08\0\0\0", b"\0\0\0\0"])
def test_a_tiff_whose_directory_leads_nowhere_is_still_a_tiff(tmp_path, offset):
    path = tmp_path / "odd.tif"
    path.write_bytes(b"II*\0" + offset + b"\xff\xff")

    assert sniff(path) == "tiff"
