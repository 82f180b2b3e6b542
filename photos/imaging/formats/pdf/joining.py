"""Joins PDFs of one page each to one PDF, with the metadata and bookmarks of their original document."""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pikepdf

from photos.imaging.formats.base import Saving
from photos.imaging.formats.errors import Unreadable
from photos.imaging.formats.pdf.document import MALFORMED_ERRORS, parse_document
from photos.imaging.formats.pdf.writer import ObjectCopier, PdfWriter

# Entries of the catalog that stay; form fields, scripts and tags refer to content that the new pages do not have.
COPIED_KEYS = ("/Outlines", "/PageLabels", "/PageLayout", "/PageMode", "/Lang", "/ViewerPreferences", "/Dests")
# Bookmarks may refer to tags, and through these to every object of the source.
OMITTED_KEYS = frozenset({"/SE", "/StructParents"})
METADATA_KEY = "/Metadata"


def join_pages(
    pages: Sequence[Path], target: Path, saving: Saving, source: Path | None, check: Callable[[], None]
) -> None:
    """Write PDFs of one page each as one PDF.

    `source`: the original PDF of the pages; its title, bookmarks and the like stay, as far as `saving` keeps metadata,
    and the first page's own metadata override them. The same input gives the same bytes. `check` is called
    between pages; its exceptions end the work and propagate.
    """
    with target.open("wb") as file, open_source(source, len(pages)) as old:
        writer = PdfWriter(file)
        tree, numbers = writer.reserve(), [writer.reserve() for _ in pages]
        for number, path in zip(numbers, pages, strict=True):
            check()
            write_page(writer, number, tree, path)
        kids = b" ".join(b"%d 0 R" % number for number in numbers)
        writer.write(tree, b"<< /Count %d /Kids [%b] /Type /Pages >>" % (len(numbers), kids))
        write_trailing_objects(writer, tree, numbers, pages[0], old, saving)


def overhead_bytes(source: Path | None, pages: int, saving: Saving) -> int:
    """The bytes that the joined document has beside its pages, at most."""
    with io.BytesIO() as file, open_source(source, pages) as old:
        if old is None:
            return 0
        writer = PdfWriter(file)
        tree, numbers = writer.reserve(), [writer.reserve() for _ in range(pages)]
        copy_catalog_entries(writer, tree, numbers, old, with_metadata=keeps_metadata(saving))
        return writer.at + sum(len(key) + len(value) + 2 for key, value in info_entries(old).items())


def write_page(writer: PdfWriter, number: int, tree: int, path: Path) -> None:
    """Write the only page of a PDF as an object of the new one."""
    with parse_document(path) as pdf:
        page = pdf.pages[0].obj
        copy = ObjectCopier(writer)
        copy.map_to(page.Parent, tree)
        copy.write(number, dictionary_entries(page))


def write_trailing_objects(
    writer: PdfWriter, tree: int, numbers: Sequence[int], first: Path, old: pikepdf.Pdf | None, saving: Saving
) -> None:
    """Write the document's information and catalog, and the cross-reference table."""
    root, info = writer.reserve(), writer.reserve()
    with parse_document(first) as pdf:
        about = copy_entry(ObjectCopier(writer), pdf.Root, METADATA_KEY)
        catalog = (
            b""
            if old is None
            else copy_catalog_entries(writer, tree, numbers, old, keeps_metadata(saving) and not about)
        )
        information = (info_entries(old) if old is not None and saving.keep is None else {}) | info_entries(pdf)
    writer.write(info, b"<< %b >>" % b" ".join(key + b" " + value for key, value in sorted(information.items())))
    writer.write(root, b"<< /Type /Catalog /Pages %d 0 R%b%b >>" % (tree, about, catalog))
    writer.finish(root, info)


def keeps_metadata(saving: Saving) -> bool:
    """Whether the XMP of the source may stay unchanged."""
    return saving.keep is None and not saving.without_place


def copy_catalog_entries(
    writer: PdfWriter, tree: int, numbers: Sequence[int], old: pikepdf.Pdf, with_metadata: bool
) -> bytes:
    """Copy what stays of the source's catalog; the entries for the new catalog. Malformed ones are left out."""
    copy = ObjectCopier(writer, without=OMITTED_KEYS)
    copy.map_to(old.Root.Pages, tree)
    for number, page in zip(numbers, old.pages, strict=True):
        copy.map_to(page.obj, number)
    entries = b"".join(copy_entry(copy, old.Root, name) for name in COPIED_KEYS)
    if with_metadata:
        entries += copy_entry(copy, old.Root, METADATA_KEY)
    names = copy_entry(copy, old.Root.get("/Names", pikepdf.Dictionary()), "/Dests")
    return entries + b" /Names <<%b >>" % names


def copy_entry(copy: ObjectCopier, dictionary: pikepdf.Object, name: str) -> bytes:
    """Copy a dictionary's entry with everything that it refers to; the entry as bytes, empty without one."""
    try:
        entry = b" " + name.encode("ascii") + b" " + copy.serialize(dictionary[name]) if name in dictionary else b""
        copy.write_pending()
    except (*MALFORMED_ERRORS, Unreadable):
        copy.pending.clear()
        return b""
    return entry


def info_entries(pdf: pikepdf.Pdf) -> dict[bytes, bytes]:
    """The texts in a document's information dictionary, as PDF tokens."""
    with suppress(*MALFORMED_ERRORS):
        info = pdf.docinfo
        return {
            pikepdf.Name(key).unparse(): info[key].unparse(resolved=True)
            for key in info.keys()  # noqa: SIM118
            if isinstance(info[key], pikepdf.String | pikepdf.Name)
        }
    return {}


def dictionary_entries(dictionary: pikepdf.Object) -> dict[str, Any]:
    return {key: dictionary[key] for key in dictionary.keys()}  # noqa: SIM118


@contextmanager
def open_source(source: Path | None, pages: int) -> Iterator[pikepdf.Pdf | None]:
    """Open the source; None without one, or where it cannot be read or has another number of pages."""
    with ExitStack() as stack:
        document = None
        if source is not None:
            with suppress(*MALFORMED_ERRORS):
                document = stack.enter_context(parse_document(source))
                document = document if len(document.pages) == pages else None
        yield document


def remove_metadata(pdf: pikepdf.Pdf) -> None:
    """Remove XMP and the information dictionary from a document."""
    if METADATA_KEY in pdf.Root:
        del pdf.Root.Metadata
    del pdf.docinfo
