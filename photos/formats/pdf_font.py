"""A font without shapes: what is written in it is not seen, but found, selected and copied."""

import struct
from collections.abc import Iterable

import pikepdf
from pikepdf import Array, Dictionary, Name

EM = 1000  # units of the font
ADVANCE = 500  # every character is half as wide as high
GLYPHS = 2  # .notdef and the one that stands for everything
MOST_IN_A_BLOCK = 100  # entries of a bfchar block (Adobe Technical Note 5411, section 1.4.1)


def font(pdf: pikepdf.Pdf, characters: Iterable[str]) -> tuple[pikepdf.Object, dict[str, int]]:
    """A font for these characters, in that document, and the code of each."""
    codes = {character: code for code, character in enumerate(sorted(set(characters)), start=1)}
    descendant = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name.Invisible,
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=descriptor(pdf),
        DW=ADVANCE,
        CIDToGIDMap=pdf.make_stream(bytes(2) + b"\0\1" * len(codes)),
    )
    whole = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name.Invisible,
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(descendant)]),
        ToUnicode=pdf.make_stream(meanings(codes)),
    )
    return pdf.make_indirect(whole), codes


def descriptor(pdf: pikepdf.Pdf) -> pikepdf.Object:
    """Measures of the font: a character fills its line from the bottom to the top."""
    program = true_type()
    return pdf.make_indirect(
        Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name.Invisible,
            Flags=4,  # symbolic: no standard set of characters
            FontBBox=Array([0, 0, ADVANCE, EM]),
            ItalicAngle=0,
            Ascent=EM,
            Descent=0,
            CapHeight=EM,
            StemV=80,
            FontFile2=pdf.make_stream(program, Length1=len(program)),
        )
    )


def meanings(codes: dict[str, int]) -> bytes:
    """The table that says which character each code is (ISO 32000-1, 9.10.3)."""
    entries = [f"<{code:04X}> <{character.encode('utf-16-be').hex().upper()}>" for character, code in codes.items()]
    blocks = [entries[at : at + MOST_IN_A_BLOCK] for at in range(0, len(entries), MOST_IN_A_BLOCK)]
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


def true_type() -> bytes:
    """A small TrueType program: .notdef, and a glyph that is a line across its box (TrueType Reference Manual, 6)."""
    # A line has no area, so nothing is seen wherever text is drawn after all; but it gives each character its box.
    line = struct.pack(">hhhhhHHBBhhhh", 1, 0, 0, ADVANCE, EM, 1, 0, 1, 1, 0, ADVANCE, 0, EM)
    tables = {
        b"glyf": line,
        b"head": struct.pack(
            ">IIIIHHQQhhhhHHhhh", 0x10000, 0x10000, 0, 0x5F0F3CF5, 0, EM, 0, 0, 0, 0, ADVANCE, EM, 0, 8, 2, 0, 0
        ),
        b"hhea": struct.pack(">IhhhHhhhhhh8xhH", 0x10000, EM, 0, 0, ADVANCE, 0, 0, ADVANCE, 1, 0, 0, 0, GLYPHS),
        b"hmtx": struct.pack(">HhHh", ADVANCE, 0, ADVANCE, 0),
        b"loca": struct.pack(">HHH", 0, 0, len(line) // 2),
        b"maxp": struct.pack(">IHHHHHH18x", 0x10000, GLYPHS, 2, 1, 0, 0, 1),
    }
    entry_size, start = 16, 12 + 16 * len(tables)
    directory, body = b"", b""
    for name, data in sorted(tables.items()):
        directory += name + struct.pack(">III", checksum(data), start + len(body), len(data))
        body += padded(data)
    power = 2 ** (len(tables).bit_length() - 1)
    header = struct.pack(
        ">IHHHH",
        0x10000,
        len(tables),
        power * entry_size,
        power.bit_length() - 1,
        (len(tables) - power) * entry_size,
    )
    return header + directory + body


def padded(data: bytes) -> bytes:
    """The data up to the next multiple of four bytes."""
    return data + bytes(-len(data) % 4)


def checksum(data: bytes) -> int:
    """A table's check sum: the sum of its 32-bit words."""
    words = struct.unpack(f">{len(padded(data)) // 4}I", padded(data))
    return sum(words) % 2**32
