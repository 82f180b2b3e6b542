"""Reads uploads: hashes every file while it streams to the disk, and loses none for its name.

Django's own parser drops a part whose name is empty or odd, and a whole request when a name is long.
"""

import re
from collections.abc import Iterator, Mapping
from typing import IO, Any
from urllib.parse import unquote

from django.conf import settings
from django.http import QueryDict, UnreadablePostError
from django.utils.datastructures import MultiValueDict
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles

from jobs.errors import Refused
from photos.arrivals import CHUNK, Arrived, written

LONGEST_HEADERS = 16 * 1024
FILES = "files"
BOUNDARY = re.compile(rb"[ -~]{0,200}[!-~]")
PARAMETER = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:\\.|[^"\\])*"|"(?:[^"])*"|[^;]*)')
CHARSETS = ("utf-8", "us-ascii", "iso-8859-1")


class UploadParser(BaseParser):
    """multipart/form-data for REST framework: `files` as Arrived, everything else as text."""

    media_type = "multipart/form-data"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles:
        """The fields and files of a request. Raises ParseError for what is no multipart, Refused over a limit."""
        request = Request(Parts(stream, boundary_of(media_type or "")))
        try:
            request.read()
        except Exception as error:
            request.close()
            if isinstance(error, UnreadablePostError):
                raise ParseError("The upload broke off.") from error
            if isinstance(error, Refused):
                request.parts.drain()  # or the browser sees a broken connection instead of the answer
            raise
        return DataAndFiles(request.fields, request.files)


class Request:
    """What has been read of a request so far."""

    def __init__(self, parts: "Parts") -> None:
        self.parts = parts
        self.fields = QueryDict(mutable=True)
        self.files: MultiValueDict[str, Arrived] = MultiValueDict()
        self.field_bytes = self.field_count = 0

    def read(self) -> None:
        """Take in every part."""
        for headers in self.parts:
            kind = parameters(headers.get("content-disposition", ""))
            name = kind.get("name", "").strip()
            if name == FILES:
                self.take_file(kind.get("filename"))
            elif name and "filename" not in kind:
                self.take_field(name)
            else:
                self.parts.skip()

    def take_file(self, name: str | None) -> None:
        """Write a file to the disk. Raises Refused when there are too many or no room is left."""
        if len(self.files.getlist(FILES)) >= settings.DATA_UPLOAD_MAX_NUMBER_FILES:
            raise Refused(f"Send at most {settings.DATA_UPLOAD_MAX_NUMBER_FILES} files at a time.", status=413)
        try:
            self.files.appendlist(FILES, written(name, self.parts.content()))
        except OSError as error:
            if isinstance(error, UnreadablePostError):
                raise
            raise Refused(f"The file could not be stored: {error.strerror}.", status=507) from error

    def take_field(self, name: str) -> None:
        """Keep a field's text. Raises Refused when all fields together are too large."""
        self.field_count += 1
        pieces = []
        for piece in self.parts.content():
            self.field_bytes += len(piece)
            if self.field_bytes > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
                raise Refused("The fields of this request are too large.", status=413)
            pieces.append(piece)
        if self.field_count > settings.DATA_UPLOAD_MAX_NUMBER_FIELDS:
            raise Refused("This request has too many fields.", status=413)
        self.fields.appendlist(name, b"".join(pieces).decode(errors="replace"))

    def close(self) -> None:
        """Remove the files that have arrived."""
        for arrived in self.files.getlist(FILES):
            arrived.close()


class Parts:
    """The parts of a multipart body, one after the other, never more than a piece of one in memory."""

    def __init__(self, stream: IO[bytes], boundary: bytes) -> None:
        self.stream = stream
        self.mark = b"\r\n--" + boundary
        self.buffer = b"\r\n"  # so that the first boundary looks like every other
        self.open = False

    def __iter__(self) -> Iterator[dict[str, str]]:
        """The headers of each part; read its content before asking for the next."""
        self.open = True
        self.skip()
        while self.peek(2) != b"--":
            headers = self.headers()
            self.open = True
            yield headers
            self.skip()
        self.drain()

    def headers(self) -> dict[str, str]:
        """The headers of the part that begins here, by lower-case name."""
        while b"\r\n\r\n" not in self.buffer[:LONGEST_HEADERS]:
            if len(self.buffer) >= LONGEST_HEADERS:
                raise ParseError("A part of the upload has headers that are too long.")
            self.buffer += self.needed()
        block, self.buffer = self.buffer.split(b"\r\n\r\n", 1)
        lines = (line.decode(errors="replace").partition(":") for line in block.split(b"\r\n"))
        return {name.strip().lower(): value.strip() for name, colon, value in lines if colon}

    def content(self) -> Iterator[bytes]:
        """What is left of the part, in pieces."""
        while self.open:
            end = self.buffer.find(self.mark)
            if end >= 0:
                piece, self.buffer = self.buffer[:end], self.buffer[end + len(self.mark) :]
                self.open = False
                yield piece
                return
            keep = len(self.mark) - 1  # the beginning of a boundary, perhaps
            piece, self.buffer = self.buffer[:-keep], self.buffer[-keep:]
            if piece:
                yield piece
            self.buffer += self.needed()

    def skip(self) -> None:
        """Pass over what is left of the part."""
        for _ in self.content():
            pass

    def drain(self) -> None:
        """Read the body to its end."""
        self.buffer = b""
        while self.more():
            pass

    def peek(self, size: int) -> bytes:
        """The next bytes, without taking them."""
        while len(self.buffer) < size:
            self.buffer += self.needed()
        return self.buffer[:size]

    def more(self) -> bytes:
        """The next piece of the body; empty at its end."""
        return self.stream.read(CHUNK)

    def needed(self) -> bytes:
        """The next piece of a body that cannot be over yet."""
        piece = self.more()
        if not piece:
            raise ParseError("The upload broke off: it has no end.")
        return piece


def boundary_of(content_type: str) -> bytes:
    """What separates the parts. Raises ParseError."""
    boundary = parameters(content_type).get("boundary", "").encode("ascii", errors="replace")
    if not BOUNDARY.fullmatch(boundary):
        raise ParseError("The upload has no boundary between its parts.")
    return boundary


def parameters(header: str) -> dict[str, str]:
    """The parameters behind a header's value; `filename*` (RFC 5987) goes before `filename`."""
    found = {name.lower(): unquoted(value.strip()) for name, value in PARAMETER.findall(header)}
    for name in [name for name in found if name.endswith("*")]:
        charset, _, text = found.pop(name).partition("'")
        if charset.lower() in CHARSETS:
            found[name[:-1]] = unquote(text.partition("'")[2], encoding=charset, errors="replace")
    return found


def unquoted(value: str) -> str:
    """A value without its quotes; only quotes and backslashes are escaped, so that Windows paths survive."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        return re.sub(r'\\(["\\])', r"\1", value[1:-1])
    return value
