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
    mine = folder / f"{work.position}.{work.token}"
    for left in sorted(folder.glob(f"{work.position}.*")):
        with suppress(OSError):  # another has been taken, or somebody was first
            left.rename(mine)
            continue
        shutil.rmtree(left, ignore_errors=True)
    return mine


def remove_empty_folder(work: Work) -> None:
    """Remove the folder of a job's unfinished files once it is empty."""
    with suppress(OSError):
        storage.unfinished_pages(work.job_uuid).rmdir()
