"""Writes a PDF from its first byte to its last, however large, with one object at a time in memory.

pikepdf keeps all streams that come from other documents in memory until the end.
"""

import hashlib
from collections import deque
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, BinaryIO

import pikepdf

from photos.imaging.formats.errors import Unreadable
from photos.imaging.formats.pdf.document import PDF_DAMAGED

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"  # the second line marks the file as binary (ISO 32000-1, 7.5.2)
MAX_DEPTH = 50  # of nested arrays and dictionaries: a hostile document must not exhaust the stack


class PdfWriter:
    """Writes objects, and at the end their table. The same calls give the same bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.digest = hashlib.sha256()
        self.at = 0
        self.places: list[int] = []  # offset of each object; 0: reserved
        self.put(HEADER)

    def put(self, data: bytes) -> None:
        self.file.write(data)
        self.digest.update(data)
        self.at += len(data)

    def reserve(self) -> int:
        """The number of an object that will be written later."""
        self.places.append(0)
        return len(self.places)

    def write(self, number: int, body: bytes, data: bytes | None = None) -> None:
        """Write an object, or a stream with its encoded data."""
        self.places[number - 1] = self.at
        self.put(b"%d 0 obj\n" % number + body)
        if data is not None:
            self.put(b"\nstream\n")
            self.put(data)
            self.put(b"\nendstream")
        self.put(b"\nendobj\n")

    def finish(self, root: int, info: int) -> None:
        """Write the cross-reference table and the trailer (ISO 32000-1, 7.5.4 and 7.5.5)."""
        start, name = self.at, self.digest.hexdigest()[:32].encode()
        self.put(b"xref\n0 %d\n0000000000 65535 f \n" % (len(self.places) + 1))
        for place in self.places:  # an object that could not be copied is free, and reads as null
            self.put(b"%010d 00000 n \n" % place if place else b"0000000000 00000 f \n")
        self.put(b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R" % (len(self.places) + 1, root, info))
        self.put(b" /ID [<%b> <%b>] >>\nstartxref\n%d\n%%%%EOF\n" % (name, name, start))


class ObjectCopier:
    """Copies objects of one other document, each once, with everything that they refer to."""

    def __init__(self, writer: PdfWriter, without: frozenset[str] = frozenset()) -> None:
        self.writer = writer
        self.without = without  # keys of dictionaries that are left out
        self.numbers: dict[tuple[int, int], int] = {}  # object there → number here
        self.pending: deque[tuple[int, pikepdf.Object]] = deque()

    def map_to(self, object: pikepdf.Object, number: int) -> None:
        """Map an object of the other document to an object that is written here anyway."""
        self.numbers[object.objgen] = number

    def write(self, number: int, entries: Mapping[str, Any]) -> None:
        """Write a dictionary of values of the other document, and everything that they refer to."""
        self.writer.write(number, self.serialize_dictionary(entries))
        self.write_pending()

    def write_pending(self) -> None:
        """Write the objects that were referred to and are not written yet."""
        while self.pending:
            number, object = self.pending.popleft()
            if isinstance(object, pikepdf.Stream):
                data = object.read_raw_bytes()
                entries = {key: object[key] for key in object.keys() if key != "/Length"}  # noqa: SIM118
                self.writer.write(number, self.serialize_dictionary({**entries, "/Length": len(data)}), data)
            else:
                self.writer.write(number, self.serialize_direct(object))

    def serialize(self, value: Any, depth: int = 0) -> bytes:
        """A value inside another one, as bytes: a reference, or the value itself."""
        if isinstance(value, pikepdf.Object) and value.is_indirect:
            return self.serialize_reference(value)
        return self.serialize_direct(value, depth)

    def serialize_direct(self, value: Any, depth: int = 0) -> bytes:
        """A value itself, as bytes. Raises `Unreadable` where values are nested too deep."""
        if depth > MAX_DEPTH:
            raise Unreadable(PDF_DAMAGED)
        if isinstance(value, pikepdf.Array):
            return b"[" + b" ".join(self.serialize(each, depth + 1) for each in value) + b"]"
        if isinstance(value, pikepdf.Dictionary):
            return self.serialize_dictionary({key: value[key] for key in value.keys()}, depth)  # noqa: SIM118
        if isinstance(value, pikepdf.Object):
            return bytes(value.unparse(resolved=True))
        return serialize_scalar(value)

    def serialize_dictionary(self, entries: Mapping[str, Any], depth: int = 0) -> bytes:
        """A dictionary as bytes."""
        parts = [
            pikepdf.Name(key).unparse() + b" " + self.serialize(value, depth + 1)
            for key, value in sorted(entries.items())
            if key not in self.without
        ]
        return b"<< " + b" ".join(parts) + b" >>"

    def serialize_reference(self, object: pikepdf.Object) -> bytes:
        """The reference to an object that has been or will be copied."""
        if object.objgen not in self.numbers:
            self.numbers[object.objgen] = self.writer.reserve()
            self.pending.append((self.numbers[object.objgen], object))
        return b"%d 0 R" % self.numbers[object.objgen]


def serialize_scalar(value: bool | int | float | Decimal | None) -> bytes:
    if value is None:
        return b"null"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return format(value, "d" if isinstance(value, int) else "f").encode("ascii")
