"""The largest size of an uploaded file, from the settings: for the API, the library page and imports alike."""

from dataclasses import dataclass

from django.conf import settings

from photos.files.names import is_archive_name

BYTES_PER_MEGABYTE = 1_000_000


@dataclass(frozen=True)
class UploadLimit:
    """The largest size of a file, in bytes and in megabytes."""

    max_megabytes: int

    @property
    def max_bytes(self) -> int:
        return self.max_megabytes * BYTES_PER_MEGABYTE

    @property
    def sentence(self) -> str:
        """The sentence that refuses a larger file, without a full stop."""
        return f"The file is larger than {self.max_megabytes} MB"


def file_limit() -> UploadLimit:
    """The limit of a single file, also of one inside an archive."""
    return UploadLimit(settings.STOPBATH_MAX_UPLOAD_MB)


def archive_limit() -> UploadLimit:
    """The limit of an archive, which holds many files."""
    return UploadLimit(settings.STOPBATH_MAX_ARCHIVE_MB)


def limit_of(name: str | None) -> UploadLimit:
    """The limit of a file sent under that name: a ZIP file may be larger."""
    return archive_limit() if is_archive_name(name) else file_limit()
