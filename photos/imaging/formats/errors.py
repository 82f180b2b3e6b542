"""Errors of files, and the sentences that explain them to photographers."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import pyvips

FILE_TRUNCATED = "The file ends in the middle of the picture"
FILE_DAMAGED = "The file is damaged and cannot be opened"
OUT_OF_MEMORY = "The picture needs more memory than there is"
OUTPUT_NOT_WRITTEN = "The output could not be written"
UNKNOWN_CODING = "The picture inside is coded in a way that cannot be opened here"
DISK_FULL = "The disk is full: make room and retry"
QUOTED_CHARACTERS = 40  # of somebody's misspelt word

# What libvips and the decoders under it write about a failure, in the order in which it is looked for:
# a saver's complaint comes last, because it also follows a decoder's error.
SENTENCES = (
    (re.compile(r"No space left", re.IGNORECASE), DISK_FULL),
    (
        re.compile(
            r"memory allocation|out of memory|insufficient memory|security limit|cannot allocate", re.IGNORECASE
        ),
        OUT_OF_MEMORY,
    ),
    (
        re.compile(
            r"compression format has not been built in|unsupported codec|unsupported JPEG data precision"
            r"|unsupported marker type|compression support is not configured|decoding is not implemented"
            r"|separate planes not supported|LOGLUV|not at least \d samples|bad labq format|samples out of range",
            re.IGNORECASE,
        ),
        UNKNOWN_CODING,
    ),
    (
        re.compile(
            r"premature end|unexpected end|bad seek|seek error|read error|unable to parse image|end of file"
            r"|not enough data|truncated|outside of file bounds|insufficient input",
            re.IGNORECASE,
        ),
        FILE_TRUNCATED,
    ),
    (re.compile(r"for write|unable to write|write error|write failed", re.IGNORECASE), OUTPUT_NOT_WRITTEN),
)


class Unreadable(Exception):
    """A file cannot be opened or converted as requested; the message is one sentence for people."""


def error_sentence(error: pyvips.Error) -> str:
    return explain(f"{error.message} {error.detail}")


def explain(text: str) -> str:
    """The sentence for a message of a decoder or a saver."""
    return next((words for pattern, words in SENTENCES if pattern.search(text)), FILE_DAMAGED)


@contextmanager
def plain_errors() -> Iterator[None]:
    """Translate errors of libvips, and a lack of memory, to `Unreadable` with a sentence."""
    try:
        yield
    except MemoryError as error:
        raise Unreadable(OUT_OF_MEMORY) from error
    except pyvips.Error as error:
        raise Unreadable(error_sentence(error)) from error


def quote(word: object) -> str:
    """Quote user input in an error: printable, cut after `QUOTED_CHARACTERS`; for a non-text value its type."""
    text = str(word) if isinstance(word, str) else type(word).__name__
    text = "".join(char for char in text if char.isprintable())
    return f"“{text[:QUOTED_CHARACTERS]}{'…' if len(text) > QUOTED_CHARACTERS else ''}”"
