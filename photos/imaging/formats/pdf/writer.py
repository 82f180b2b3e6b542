"""A PDF that is written from its first byte to its last, however large, with one object at a time in memory.

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

HEADER = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"  # the second line says that the file is not text (ISO 32000-1, 7.5.2)
MAX_DEPTH = 50  # how deep arrays and dictionaries may lie in each other


class PdfWriter:
    """The same calls make the same bytes."""

    def __init__(self, file: BinaryIO) -> None:
        self.file = file
        self.digest = hashlib.sha256()
        self.at = 0
        self.places: list[int] = []  # where each object begins
        self.put(HEADER)

    def put(self, data: bytes) -> None:
        """Write bytes."""
        self.file.write(data)
        self.digest.update(data)
        self.at += len(data)

    def reserve(self) -> int:
        """The number of an object that is to be written later."""
        self.places.append(0)
        return len(self.places)

    def write(self, number: int, body: bytes, data: bytes | None = None) -> None:
        """Write an object, or a stream with its data as they are coded."""
        self.places[number - 1] = self.at
        self.put(b"%d 0 obj\n" % number + body)
        if data is not None:
            self.put(b"\nstream\n")
            self.put(data)
            self.put(b"\nendstream")
        self.put(b"\nendobj\n")

    def finish(self, root: int, info: int) -> None:
        """Write where everything is (ISO 32000-1, 7.5.4)."""
        start, name = self.at, self.digest.hexdigest()[:32].encode()
        self.put(b"xref\n0 %d\n0000000000 65535 f \n" % (len(self.places) + 1))
        for place in self.places:  # what was spoken of and could not be copied is free, and reads as nothing
            self.put(b"%010d 00000 n \n" % place if place else b"0000000000 00000 f \n")
        self.put(b"trailer\n<< /Size %d /Root %d 0 R /Info %d 0 R" % (len(self.places) + 1, root, info))
        self.put(b" /ID [<%b> <%b>] >>\nstartxref\n%d\n%%%%EOF\n" % (name, name, start))


class ObjectCopier:
    """Takes objects over from one other document, each once, with everything that they speak of."""

    def __init__(self, writer: PdfWriter, without: frozenset[str] = frozenset()) -> None:
        self.writer = writer
        self.without = without  # keys of dictionaries that do not come along
        self.numbers: dict[tuple[int, int], int] = {}  # there → here
        self.waiting: deque[tuple[int, pikepdf.Object]] = deque()

    def stands_for(self, object: pikepdf.Object, number: int) -> None:
        """Whatever speaks of that object there will speak of the one with this number here."""
        self.numbers[object.objgen] = number

    def write(self, number: int, entries: Mapping[str, Any]) -> None:
        """Write a dictionary of values from there, and what they speak of."""
        self.writer.write(number, self.dictionary(entries))
        self.write_waiting()

    def write_waiting(self) -> None:
        """Write what was spoken of and is not there yet."""
        while self.waiting:
            number, object = self.waiting.popleft()
            if isinstance(object, pikepdf.Stream):
                data = object.read_raw_bytes()
                entries = {key: object[key] for key in object.keys() if key != "/Length"}  # noqa: SIM118
                self.writer.write(number, self.dictionary({**entries, "/Length": len(data)}), data)
            else:
                self.writer.write(number, self.direct(object))

    def shown(self, value: Any, depth: int = 0) -> bytes:
        """A value as it is written inside another."""
        if isinstance(value, pikepdf.Object) and value.is_indirect:
            return self.reference(value)
        return self.direct(value, depth)

    def direct(self, value: Any, depth: int = 0) -> bytes:
        """A value as it is written."""
        if depth > MAX_DEPTH:
            raise Unreadable(PDF_DAMAGED)
        if isinstance(value, pikepdf.Array):
            return b"[" + b" ".join(self.shown(each, depth + 1) for each in value) + b"]"
        if isinstance(value, pikepdf.Dictionary):
            return self.dictionary({key: value[key] for key in value.keys()}, depth)  # noqa: SIM118
        if isinstance(value, pikepdf.Object):
            return bytes(value.unparse(resolved=True))
        return serialize_scalar(value)

    def dictionary(self, entries: Mapping[str, Any], depth: int = 0) -> bytes:
        """A dictionary as it is written."""
        parts = [
            pikepdf.Name(key).unparse() + b" " + self.shown(value, depth + 1)
            for key, value in sorted(entries.items())
            if key not in self.without
        ]
        return b"<< " + b" ".join(parts) + b" >>"

    def reference(self, object: pikepdf.Object) -> bytes:
        """What speaks of an object that has been or will be copied."""
        if object.objgen not in self.numbers:
            self.numbers[object.objgen] = self.writer.reserve()
            self.waiting.append((self.numbers[object.objgen], object))
        return b"%d 0 R" % self.numbers[object.objgen]


def serialize_scalar(value: bool | int | float | Decimal | None) -> bytes:
    """A number, a truth or nothing."""
    if value is None:
        return b"null"
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return format(value, "d" if isinstance(value, int) else "f").encode("ascii")
