"""The phase that makes a catalogue of whatever the phases before it did."""

from pathlib import Path
from typing import Any

from jobs.kinds import Phase
from jobs.models import Job
from jobs.sources import Numbers, Source
from jobs.stop import Stop
from jobs.work import Work
from photos.catalogue.building import CATALOGUE_FILES, build
from photos.catalogue.pieces import PHASE_NAME, Pieces
from photos.files import storage
from photos.kinds.failures import storage_failure
from photos.kinds.stopping import as_engine_stop


class CataloguePhase(Phase):
    """Its items are the pieces of the catalogue, and last of all the putting together."""

    name = PHASE_NAME
    title = "Building the catalogue…"
    follows_files = False

    def source(self, job: Job) -> Source:
        """The pieces, and one more."""
        return Numbers(Pieces(job).count + 1, name="Catalogue")

    def prepare(self, job: Job) -> Pieces:
        """How the files are divided."""
        return Pieces(job)

    @as_engine_stop()
    def do(self, work: Work, prepared: Pieces, stop: Stop) -> dict[str, Any]:
        """Make a piece, or the whole. A piece that another lane still has in hand is made here too."""
        try:
            if work.position <= prepared.count:
                piece = prepared.make(work.position, stop)
                return {"files": [relative_path(piece)]}
            folder = relative_path(build(prepared, work.token, stop))
            return {"catalogue": folder, "files": [f"{folder}/{name}" for name in CATALOGUE_FILES]}
        except OSError as error:
            raise storage_failure(error) from error


def relative_path(path: Path) -> str:
    """A path below the storage as a result keeps it."""
    return path.relative_to(storage.root()).as_posix()
