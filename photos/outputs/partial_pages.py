"""Finished pages of multi-page files in progress: kept beside the outputs for the next attempt."""

import shutil
from contextlib import suppress
from pathlib import Path

from jobs.work import Work
from photos.files import storage


def take_over_pages(work: Work) -> Path:
    """The folder of an attempt's pages, with the pages that earlier attempts of the same job finished.

    An earlier attempt that does not know of its lost claim finds its folder renamed: two attempts never write to one.
    """
    folder = storage.unfinished_pages(work.job_uuid)
    own = folder / f"{work.position}.{work.token}"
    for earlier in sorted(folder.glob(f"{work.position}.*")):
        # The rename is the handover: an attempt that still writes under the old name fails, so no page is shared.
        with suppress(OSError):  # an earlier folder has become `own` already, or another attempt was first
            earlier.rename(own)
            continue
        shutil.rmtree(earlier, ignore_errors=True)
    return own


def remove_empty_folder(work: Work) -> None:
    """Remove the folder of a job's unfinished files once it is empty."""
    with suppress(OSError):
        storage.unfinished_pages(work.job_uuid).rmdir()
