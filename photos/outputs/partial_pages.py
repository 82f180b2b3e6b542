"""Pages of long files that are not finished: they wait beside the outputs for another attempt."""

import shutil
from contextlib import suppress
from pathlib import Path

from jobs.work import Work
from photos.files import storage


def take_over_pages(work: Work) -> Path:
    """The folder of an attempt's pages, with those that earlier attempts of the same job had finished.

    An earlier attempt that lost the file without knowing it finds its folder gone, so that two never write to one.
    """
    folder = storage.unfinished_pages(work.job_uuid)
    own = folder / f"{work.position}.{work.token}"
    for earlier in sorted(folder.glob(f"{work.position}.*")):
        # The rename is the handover: who still writes into the old name fails; two attempts never share a page.
        with suppress(OSError):  # an earlier folder has become `own` already, or another attempt was first
            earlier.rename(own)
            continue
        shutil.rmtree(earlier, ignore_errors=True)
    return own


def remove_empty_folder(work: Work) -> None:
    """Remove the folder of a job's unfinished files once it is empty."""
    with suppress(OSError):
        storage.unfinished_pages(work.job_uuid).rmdir()
