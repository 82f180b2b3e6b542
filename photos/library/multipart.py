"""Parses multipart uploads: hashes each file while it streams to the disk, and drops no file for its name.

Django's parser drops a part whose file name is empty or odd, and refuses a request with a long one. `multipart` finds
the parts; the parameters of Content-Disposition are parsed here, because its own parser knows no `filename*` (RFC 5987)
and refuses a name that is not UTF-8.
"""

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from typing import IO, Any
from urllib.parse import unquote

from django.conf import settings
from django.http import QueryDict, UnreadablePostError
from django.utils.datastructures import MultiValueDict
from multipart import MultipartError, MultipartSegment, ParserLimitReached, PushMultipartParser
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, DataAndFiles

from jobs.errors import Refused
from photos.files.archives import CHUNK_BYTES
from photos.files.incoming import IncomingFile, not_stored_sentence, receive

MAX_HEADER_BYTES = 16 * 1024
HEADER_CHARSET = "latin1"  # each character is a byte, so that encoding restores the header
FILES_FIELD = "files"
HEADERS_TOO_LONG = "A part of the upload has headers that are too long."
TOO_MANY_PARTS = "The upload has too many parts."
UNEXPECTED_END = "The upload broke off: it has no end."
BOUNDARY_PATTERN = re.compile(rb"[ -~]{0,200}[!-~]")
PARAMETER_PATTERN = re.compile(r';\s*([^\s=;"]+)\s*=\s*("(?:\\.|[^"\\])*"|"(?:[^"])*"|[^;]*)')
CHARSETS = ("utf-8", "us-ascii", "iso-8859-1")


class UploadParser(BaseParser):
    """multipart/form-data for REST framework: `files` as IncomingFile, other fields as text."""

    media_type = "multipart/form-data"

    def parse(
        self, stream: Any, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> DataAndFiles:
        """The fields and files of a request.

        Raises ParseError for a body that is not multipart, Refused for one over a limit.
        """
        request = UploadReader(Parts(stream, parse_boundary(media_type or "")))
        with ExitStack() as stack:
            stack.callback(request.close)
            read_upload(request)
            stack.pop_all()
        return DataAndFiles(request.fields, request.files)


def read_upload(request: "UploadReader") -> None:
    """Read every part of a request. Raises ParseError and Refused."""
    try:
        request.read()
    except UnreadablePostError as error:
        raise ParseError("The upload broke off.") from error
    except MultipartError as error:
        sentence = request.parts.error_message(error)
        request.parts.drain()
        raise ParseError(sentence) from error
    except Refused:
        # A browser that is still sending would see a broken connection instead of the answer.
        request.parts.drain()
        raise


class UploadReader:
    """Collects the fields and files of a request."""

    def __init__(self, parts: "Parts") -> None:
        self.parts = parts
        self.fields = QueryDict(mutable=True)
        self.files: MultiValueDict[str, IncomingFile] = MultiValueDict()
        self.field_bytes = self.field_count = 0

    def read(self) -> None:
        for disposition in self.parts:
            parameters = parse_parameters(disposition)
            name = parameters.get("name", "").strip()
            if name == FILES_FIELD:
                self.read_file(parameters.get("filename"))
            elif name and "filename" not in parameters:
                self.read_field(name)

    def read_file(self, name: str | None) -> None:
        """Write a file to the disk. Raises Refused when there are too many files or the disk is full."""
        if len(self.files.getlist(FILES_FIELD)) >= settings.DATA_UPLOAD_MAX_NUMBER_FILES:
            raise Refused(f"Send at most {settings.DATA_UPLOAD_MAX_NUMBER_FILES} files at a time.", status=413)
        try:
            self.files.appendlist(FILES_FIELD, receive(name, self.parts.content()))
        except OSError as error:
            if isinstance(error, UnreadablePostError):
                raise
            raise Refused(f"{not_stored_sentence(error)}.", status=507) from error

    def read_field(self, name: str) -> None:
        """Store the text of a field. Raises Refused when all fields together are too large or too many."""
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
        """Remove the incoming files of the request."""
        for file in self.files.getlist(FILES_FIELD):
            file.close()


class Parts:
    """The parts of a multipart body, in order, with at most one piece of a part in memory."""

    def __init__(self, stream: IO[bytes], boundary: bytes) -> None:
        self.stream = stream
        self.ended = False
        parser = PushMultipartParser(
            boundary,
            max_header_size=MAX_HEADER_BYTES,
            max_segment_count=settings.DATA_UPLOAD_MAX_NUMBER_FILES + settings.DATA_UPLOAD_MAX_NUMBER_FIELDS,
            header_charset=HEADER_CHARSET,
        )
        self.events = parser.parse_blocking(self.read_piece, CHUNK_BYTES)

    def __iter__(self) -> Iterator[str]:
        """The Content-Disposition of each part; content that was not read is skipped."""
        for event in self.events:
            if isinstance(event, MultipartSegment):
                yield event["Content-Disposition"].encode(HEADER_CHARSET).decode(errors="replace")

    def content(self) -> Iterator[bytes]:
        """The rest of the current part, in pieces."""
        for piece in self.events:
            if piece is None:
                return
            yield piece

    def drain(self) -> None:
        """Read and drop the rest of the body."""
        while self.read_piece(CHUNK_BYTES):
            pass

    def read_piece(self, size: int) -> bytes:
        piece = self.stream.read(size)
        self.ended = not piece
        return piece

    def error_message(self, error: MultipartError) -> str:
        """The sentence for an error of the parser."""
        if isinstance(error, ParserLimitReached):
            return HEADERS_TOO_LONG if "header" in str(error) else TOO_MANY_PARTS
        return UNEXPECTED_END if self.ended else f"The upload cannot be read: {error}."


def parse_boundary(content_type: str) -> bytes:
    """The boundary between the parts. Raises ParseError."""
    boundary = parse_parameters(content_type).get("boundary", "").encode("ascii", errors="replace")
    if not BOUNDARY_PATTERN.fullmatch(boundary):
        raise ParseError("The upload has no boundary between its parts.")
    return boundary


def parse_parameters(header: str) -> dict[str, str]:
    """The parameters of a header's value, names in lower case; `filename*` (RFC 5987) replaces `filename`."""
    parameters = {name.lower(): unquote_value(value.strip()) for name, value in PARAMETER_PATTERN.findall(header)}
    for name in [name for name in parameters if name.endswith("*")]:
        charset, _, text = parameters.pop(name).partition("'")
        if charset.lower() in CHARSETS:
            parameters[name[:-1]] = unquote(text.partition("'")[2], encoding=charset, errors="replace")
    return parameters


def unquote_value(value: str) -> str:
    """A value without its quotes; a backslash escapes quotes and backslashes only: Windows paths stay intact."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        return re.sub(r'\\(["\\])', r"\1", value[1:-1])
    return value
