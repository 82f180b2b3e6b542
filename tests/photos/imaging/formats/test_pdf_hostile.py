"""Whatever stands in a PDF, it opens or is refused in words, and what is odd about it does not come along."""

import random
from contextlib import suppress

import pikepdf
import pytest

from photos.imaging import pipeline
from photos.imaging.formats import Limits, Unreadable, probe
from photos.imaging.formats.pdf.text_layer import list_page_texts
from tests.photos.imaging import documents, pictures

RESIZE = {"operation": "resize", "options": {"longest_edge": 60}}
STRIP = {"operation": "strip-metadata"}
KEYS = (b"/Rotate", b"/MediaBox", b"/Resources", b"/Contents", b"/Kids", b"/Count", b"/Filter", b"/Length", b"/Width",
        b"/Author", b"/Outlines", b"/Type", b"/Parent", b"/ColorSpace", b"/Title", b"endobj", b"stream")  # fmt: skip
STRANGE = (b"/Rotate 45", b"/MediaBox [0 0 0 0]", b"/MediaBox [1 2]", b"/MediaBox [0 0 1e9 1e9]", b"/Kids []", b"null",
           b"[", b"<<", b"-1", b"99999999", b"/Filter /\xbc", b"/Title /X", b"/Length 0")  # fmt: skip


def opened_or_refused(action, *arguments):
    """Anything but an answer or a sentence is a fault of ours."""
    with suppress(Unreadable):
        action(*arguments)


@pytest.mark.parametrize("seed", range(24))
def test_a_pdf_with_anything_in_the_place_of_anything_else(tmp_path, seed):
    chance = random.Random(seed)
    if seed % 2:
        picture = pictures.save(pictures.corners(), tmp_path / "picture.jpg")
        source = documents.write_scan_pdf(tmp_path / "source.pdf", [picture] * 2)
    else:
        source = documents.write_text_pdf(tmp_path / "source.pdf", ["One", "Two"])
    content = bytearray(source.read_bytes())
    for _ in range(chance.randint(1, 5)):
        at, strange = content.find(chance.choice(KEYS)), chance.choice(STRANGE)
        at = at if at >= 0 else chance.randrange(len(content))
        content[at : at + len(strange)] = strange
    source.write_bytes(content)

    opened_or_refused(probe, source, Limits())
    opened_or_refused(list_page_texts, source)
    opened_or_refused(pipeline.write_thumbnail, source, tmp_path / "small.jpg")
    opened_or_refused(pipeline.process, source, "pdf", [STRIP], tmp_path, "stripped")
    opened_or_refused(pipeline.process, source, "pdf", [RESIZE], tmp_path, "resized")


@pytest.mark.parametrize("name", ["/Outlines", "/PageLabels", "/Names", "/Metadata", "/Dests", "/Lang"])
@pytest.mark.parametrize("odd", ["a text", "a circle", "a depth"])
def test_odd_parts_of_a_document_do_not_keep_its_pages_from_being_made(tmp_path, name, odd):
    source = documents.write_text_pdf(tmp_path / "source.pdf", ["One", "Two"])
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.Root[name] = odd_object(pdf, odd)
        pdf.save(source, fix_metadata_version=False)

    made = pipeline.process(source, "pdf", [RESIZE], tmp_path, "out")
    whole = pipeline.process(source, "pdf", [STRIP], tmp_path, "whole")

    assert list_page_texts(made.path) == list_page_texts(whole.path) == ["One", "Two"]
    with pikepdf.open(made.path) as pdf:
        assert pdf.check_pdf_syntax() == []


def odd_object(pdf, kind):
    """Something that does not belong where it is put."""
    if kind == "a text":
        return pikepdf.String("odd")
    if kind == "a circle":
        circle = pdf.make_indirect(pikepdf.Dictionary())
        circle.Next = circle
        return circle
    deep = pikepdf.Array()
    for _ in range(80):
        deep = pikepdf.Array([deep])
    return pikepdf.Dictionary(First=deep)


def test_the_tags_of_a_document_are_left_behind(tmp_path):
    source = documents.write_text_pdf(tmp_path / "source.pdf", ["One"])
    with pikepdf.open(source, allow_overwriting_input=True) as pdf:
        pdf.Root.StructTreeRoot = pdf.make_indirect(pikepdf.Dictionary(Secret=pikepdf.String("a tag")))
        pdf.Root.Outlines.First.SE = pdf.Root.StructTreeRoot
        pdf.save(source)

    made = pipeline.process(source, "pdf", [RESIZE], tmp_path, "out")

    assert b"a tag" not in made.path.read_bytes()
