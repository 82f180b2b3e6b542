"""The formats of pictures: recognised by content, opened by one decoder each, saved with sensible defaults."""

from photos.imaging.formats.base import Format, Saving, SizeLimit
from photos.imaging.formats.errors import Unreadable, plainly
from photos.imaging.formats.metadata.rights import Said
from photos.imaging.formats.probing import Limits, Probe, probe, upright_size
from photos.imaging.formats.registry import EXTENSION, FORMATS, MIME, SAVED, format_of
from photos.imaging.formats.sniffing import sniff

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
