"""Pages that were written one at a time become one PDF, with what the document they come from says about itself."""

import io
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any, BinaryIO, cast

import pikepdf
from pikepdf import Array, Name

from photos.formats.base import Saving
from photos.formats.errors import STOPPED, Unreadable

# What stays of a document whose pages became pictures; form fields, scripts and tags speak of what is gone.
KEPT_OF_ROOT = {"/Type", "/Pages", "/Metadata", "/Outlines", "/PageLabels", "/PageLayout", "/PageMode", "/Lang",
                "/ViewerPreferences", "/Dests"}  # fmt: skip
KEPT_OF_PAGE = {"/Type", "/Parent"}


class Reopened(io.RawIOBase):
    """A file that is open only while it is read: a document of a thousand pages would run out of open files."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.at = 0
        self.size = path.stat().st_size

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self.at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        return self.at

    def readinto(self, buffer: Any) -> int:
        with self.path.open("rb") as file:
            file.seek(self.at)
            count = file.readinto(buffer)
        self.at += count
        return int(count)


def join(pages: Sequence[Path], target: Path, saving: Saving, source: Path | None, stopped: Callable[[], bool]) -> None:
    """Write the pages of these PDFs, one each, as one.

    With the PDF they come from, its title, author, bookmarks and the like stay, as far as `saving` keeps metadata.
    The same input gives the same bytes. Raises Unreadable when it is stopped.
    """
    with ExitStack() as stack:
        pdf = stack.enter_context(base(source, len(pages)))
        for number, path in enumerate(pages):
            if stopped():
                raise Unreadable(STOPPED)
            page = stack.enter_context(
                pikepdf.open(cast(BinaryIO, Reopened(path)), access_mode=pikepdf.AccessMode.stream)
            )
            if number < len(pdf.pages):
                replace(pdf, pdf.pages[number].obj, page.pages[0].obj)
            else:
                pdf.pages.append(page.pages[0])
        if saving.keep is not None:
            strip(pdf, saving.keep)
        pdf.save(target, deterministic_id=True)


def base(source: Path | None, pages: int) -> pikepdf.Pdf:
    """The document without what does not outlive its pages; an empty one where it cannot be had."""
    if source is not None:
        with suppress(pikepdf.PdfError):
            pdf = pikepdf.open(source)
            if len(pdf.pages) == pages:
                forget(pdf.Root, KEPT_OF_ROOT)
                return pdf
            pdf.close()
    return pikepdf.new()


def forget(dictionary: pikepdf.Object, kept: set[str]) -> None:
    """Leave only these keys."""
    for key in set(dictionary.keys()) - kept:
        del dictionary[key]


def replace(pdf: pikepdf.Pdf, old: pikepdf.Object, new: pikepdf.Object) -> None:
    """Put a new page's content and size in an old one's place, to which bookmarks point."""
    forget(old, KEPT_OF_PAGE)
    old.MediaBox = Array([float(side) for side in new.MediaBox])
    old.Resources = pdf.copy_foreign(new.Resources)
    old.Contents = pdf.copy_foreign(new.Contents)


def strip(pdf: pikepdf.Pdf, keep: frozenset[str]) -> None:
    """Remove what a document says about itself; the author may stay."""
    author = pdf.docinfo.get("/Author") if "copyright" in keep else None
    if "/Metadata" in pdf.Root:
        del pdf.Root.Metadata
    del pdf.docinfo
    if author is not None:
        pdf.docinfo[Name.Author] = author
