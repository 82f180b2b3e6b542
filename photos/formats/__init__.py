"""The formats of pictures: recognised by content, opened by one decoder each, saved with sensible defaults."""

from photos.formats.base import Format, Saving, SizeLimit
from photos.formats.errors import Unreadable, plainly
from photos.formats.probing import Limits, Probe, probe, upright_size
from photos.formats.said import Said
from photos.formats.sniffing import sniff
from photos.formats.table import EXTENSION, FORMATS, MIME, SAVED, format_of

__all__ = [
    "EXTENSION",
    "FORMATS",
    "MIME",
    "SAVED",
    "Format",
    "Limits",
    "Probe",
    "Said",
    "Saving",
    "SizeLimit",
    "Unreadable",
    "format_of",
    "plainly",
    "probe",
    "sniff",
    "upright_size",
]
