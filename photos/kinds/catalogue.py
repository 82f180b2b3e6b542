"""The phase that builds a job's catalogue."""

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
    """Builds the pieces of the catalogue, one item each, and assembles them in a last item."""

    name = PHASE_NAME
    title = "Building the catalogue…"
    follows_files = False

    def source(self, job: Job) -> Source:
        return Numbers(Pieces(job).count + 1, name="Catalogue")

    def prepare(self, job: Job) -> Pieces:
        return Pieces(job)

    @as_engine_stop()
    def do(self, work: Work, prepared: Pieces, stop: Stop) -> dict[str, Any]:
        """Build a piece or, as the last item, the catalogue with all pieces that other lanes have not finished.

        Raises Stopped or ItemFailed.
        """
        try:
            if work.position <= prepared.count:
                piece = prepared.make(work.position, stop)
                return {"files": [relative_path(piece)]}
            folder = relative_path(build(prepared, work.token, stop))
            return {"catalogue": folder, "files": [f"{folder}/{name}" for name in CATALOGUE_FILES]}
        except OSError as error:
            raise storage_failure(error) from error


def relative_path(path: Path) -> str:
    return path.relative_to(storage.root()).as_posix()
