"""Files of many pages: finished pages wait in a folder, so that stopped work can be resumed."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from photos.imaging.cancellation import Killer
from photos.imaging.operations import Step


@contextmanager
def page_folder(folder: Path, killer: Killer, keep: bool) -> Iterator[Path]:
    """Yield the folder of finished pages, which exists then.

    At the end it is removed; with `keep` it stays after a stop.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stays = False
    try:
        yield folder
    except Exception:
        stays = keep and killer.stopped
        raise
    finally:
        if not stays:
            shutil.rmtree(folder, ignore_errors=True)


def make_page_files(folder: Path, count: int, make: Callable[[int, Path], None], killer: Killer) -> Sequence[Path]:
    """The files of all pages in order; each missing one is made by `make(number, path)`, which writes atomically.

    Raises Aborted after a stop.
    """
    files = [folder / f"{number:06}" for number in range(count)]
    for number, file in enumerate(files):
        killer.check()
        # A page was written atomically: an existing name means a complete file.
        if not file.exists():
            make(number, file)
    return files


def rotation_only(steps: Sequence[Step]) -> int | None:
    """Clockwise degrees (0 to 270) by which the steps turn pages, if they change nothing else; otherwise None."""
    quarters = 0
    for step in steps:
        turns = step.operation.quarter_turns(step.options)
        if step.operation.changes_pixels and turns is None:
            return None
        quarters += turns or 0
    return quarters * 90 % 360


def has_stable_positions(steps: Sequence[Step], size: tuple[int, int]) -> bool:
    """Whether the steps leave everything on a page of that size where it is, though perhaps at another scale."""
    for step in steps:
        scaling = step.operation.scaling(*size, step.options)
        if scaling is not None and scaling.cut in (None, (scaling.width, scaling.height)):
            size = scaling.size
        elif step.operation.changes_pixels and not step.operation.keeps_positions:
            return False
    return True
