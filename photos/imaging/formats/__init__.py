"""Image formats: recognised by content, opened by one decoder each, saved with sensible defaults.

Code for a single format belongs here; operations, pipelines and anything of Django or Celery do not.
"""

from photos.imaging.formats.base import Format, Saving, SizeLimit
from photos.imaging.formats.errors import Unreadable, plain_errors
from photos.imaging.formats.metadata.rights import RightsMetadata
from photos.imaging.formats.probing import Limits, Probe, probe, upright_size
from photos.imaging.formats.registry import EXTENSIONS, FORMATS, MIME_TYPES, SAVED_FORMATS, format_of
from photos.imaging.formats.sniffing import sniff

__all__ = [
    "EXTENSIONS",
    "FORMATS",
    "MIME_TYPES",
    "SAVED_FORMATS",
    "Format",
    "Limits",
    "Probe",
    "RightsMetadata",
    "Saving",
    "SizeLimit",
    "Unreadable",
    "format_of",
    "plain_errors",
    "probe",
    "sniff",
    "upright_size",
]
