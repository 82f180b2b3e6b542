"""An invisible font: text in it can be searched, selected and copied."""

from collections.abc import Iterable
from pathlib import Path

import pikepdf
from pikepdf import Array, Dictionary, Name

# A TrueType program of two glyphs: .notdef, and a line across its box that stands for every character. A line has no
# area, so nothing is seen wherever text is drawn after all; but it gives each character its box.
FONT_PROGRAM = Path(__file__).with_name("glyphless.ttf").read_bytes()
UNITS_PER_EM = 1000  # units of the font
ADVANCE_UNITS = 500  # every character is half as wide as high
MAX_BLOCK_ENTRIES = 100  # entries of a bfchar block (Adobe Technical Note 5411, section 1.4.1)


def build_font(pdf: pikepdf.Pdf, characters: Iterable[str]) -> tuple[pikepdf.Object, dict[str, int]]:
    """Add a font for these characters to the document; return it, and the code of each character."""
    codes = {character: code for code, character in enumerate(sorted(set(characters)), start=1)}
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name.Invisible,
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=build_descriptor(pdf),
        DW=ADVANCE_UNITS,
        CIDToGIDMap=pdf.make_stream(bytes(2) + b"\0\1" * len(codes)),
    )
    whole = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name.Invisible,
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(descendant)]),
        ToUnicode=pdf.make_stream(build_to_unicode(codes)),
    )
    return pdf.make_indirect(whole), codes


def build_descriptor(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """The font's measures: a character fills its line from bottom to top."""
    return pdf.make_indirect(
        Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name.Invisible,
            Flags=4,  # symbolic: no standard set of characters
            FontBBox=Array([0, 0, ADVANCE_UNITS, UNITS_PER_EM]),
            ItalicAngle=0,
            Ascent=UNITS_PER_EM,
            Descent=0,
            CapHeight=UNITS_PER_EM,
            StemV=80,
            FontFile2=pdf.make_stream(FONT_PROGRAM, Length1=len(FONT_PROGRAM)),
        )
    )


def build_to_unicode(codes: dict[str, int]) -> bytes:
    """The CMap from codes to characters (ISO 32000-1, 9.10.3)."""
    entries = [f"<{code:04X}> <{character.encode('utf-16-be').hex().upper()}>" for character, code in codes.items()]
    blocks = [entries[at : at + MAX_BLOCK_ENTRIES] for at in range(0, len(entries), MAX_BLOCK_ENTRIES)]
    lines = [
        "/CIDInit /ProcSet findresource begin",
        "12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <FFFF> endcodespacerange",
        *(line for block in blocks for line in (f"{len(block)} beginbfchar", *block, "endbfchar")),
        "endcmap CMapName currentdict /CMap defineresource pop end end",
    ]
    return "\n".join(lines).encode("ascii")
