"""The phase that tells what each photo is."""

from dataclasses import asdict, astuple, dataclass
from typing import Any

from django.conf import settings

from jobs.errors import ItemFailed
from jobs.kinds import Phase
from jobs.models import Job
from jobs.sources import Source, SucceededItems
from jobs.stop import Stop
from jobs.work import Work
from photos.classification import learning
from photos.classification.analysis import Analysis, analyse
from photos.classification.decision import Decision, Evidence, decide
from photos.classification.network import Network
from photos.classification.tags import network
from photos.classification.thresholds import Thresholds
from photos.classification.vision import Endpoint
from photos.imaging.formats import Unreadable
from photos.kinds.failures import DELETED, failure, of_missing_photo
from photos.kinds.learnt import Learnt, learnt
from photos.kinds.reading import text_of
from photos.kinds.stopping import as_engine_stop
from photos.kinds.vision import SIDE, categories, endpoint, see
from photos.models import Classification, Photo


@dataclass(frozen=True)
class Tools:
    """What every photo of a job is looked at with."""

    network: Network | None  # None without the extra `tags`
    taught: Learnt
    thresholds: Thresholds
    job: Job
    endpoint: Endpoint | None  # of a vision model, where the operator has set one
    words: list[str]  # of which it has to choose one

    def decide(self, row: Classification, found: Analysis, text: str, seen: Decision | None = None) -> Decision:
        """The category, from all that is known by now."""
        like = self.taught.alike({row.photo_id: found.embedding}).get(row.photo_id) if found.embedding else None
        words = self.taught.centroids.nearest(text) if text else None
        return decide(Evidence(found.kind, found.scores, like, words, seen), self.thresholds, self.taught.version)


class ClassifyPhase(Phase):
    """Looks at each photo that was processed well, and never changes how that counts."""

    name = "classify"
    title = "Classifying…"
    number = 1  # always after "process"

    def source(self, job: Job) -> Source:
        """The photos that the phase before did well."""
        return SucceededItems(job.pk, self.number)

    def prepare(self, job: Job) -> Tools:
        """The network is read once in the life of a worker process."""
        at = Thresholds(**settings.STOPBATH_THRESHOLDS)
        asked = endpoint() if job.spec.get("vision") else None
        return Tools(network(), learnt(job.owner_id), at, job, asked, categories(job.owner_id) if asked else [])

    @as_engine_stop()
    def do(self, work: Work, prepared: Tools, stop: Stop) -> dict[str, Any]:
        """Look at one photo and write down what it is."""
        photo = Photo.objects.select_related("file").filter(pk=work.ref or 0).first()
        if photo is None:
            raise of_missing_photo(work)
        found = self.looked_at(photo, work, prepared, stop)
        text = self.read(photo, found.kind, stop)
        stop.check()
        row = row_of(photo, found)
        made = prepared.decide(row, found, text)
        if prepared.endpoint and not photo.corrected_at and made.classifier != learning.CLASSIFIER:
            kept(row, found, made)  # in case that no answer comes
            seen = see(prepared.job, work, prepared.endpoint, found.features.jpeg, prepared.words, stop)
            made = prepared.decide(row, found, text, seen)
        return kept(row, found, made)

    def read(self, photo: Photo, kind: str, stop: Stop) -> str:
        """Keep what stands in a document; its text. Raises Stopped or Aborted."""
        try:
            found = text_of(photo, kind, stop)
        except Unreadable:  # looked at a moment ago, but its text is beyond PDFium
            return ""
        if found is None or not found.keep():
            return ""
        return found.text

    def looked_at(self, photo: Photo, work: Work, tools: Tools, stop: Stop) -> Analysis:
        """What is measured of a file. Raises Aborted or ItemFailed."""
        path, side = photo.file.path, SIDE if tools.endpoint else 0
        try:
            return analyse(path, photo.format, stop.on_abort, tools.network, tools.thresholds, side)
        except (Unreadable, OSError) as error:
            raise failure(error, path, work) from error


def row_of(photo: Photo, found: Analysis) -> Classification:
    """What is kept of a photo, before anything is decided."""
    return Classification(photo=photo, scores=found.scores, attributes=found.attributes)


def kept(row: Classification, found: Analysis, made: Decision) -> dict[str, Any]:
    """Write what was found; the result of the item. Raises ItemFailed when the photo is gone."""
    row.category, row.score, row.classifier, row.version = astuple(made)
    if not row.keep(found.kind, bytes.fromhex(found.figures.dhash), found.embedding):
        raise ItemFailed(DELETED)
    return {"kind": found.kind, **asdict(made)}
