"""The phase that classifies each photo."""

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
from photos.kinds.failures import PHOTO_DELETED, file_failure, missing_photo_failure
from photos.kinds.learnt import Corrections, load_corrections
from photos.kinds.reading import read_text
from photos.kinds.stopping import as_engine_stop
from photos.kinds.vision import IMAGE_SIDE_PIXELS, category_choices, classify_picture, configured_endpoint
from photos.models import Classification, Photo


@dataclass(frozen=True)
class Tools:
    """What the classification of every photo of a job needs."""

    network: Network | None  # None without the extra `tags`
    corrections: Corrections
    thresholds: Thresholds
    job: Job
    endpoint: Endpoint | None  # of a vision model, if the operator has set one
    words: list[str]  # the categories to choose from

    def decide(self, row: Classification, found: Analysis, text: str, seen: Decision | None = None) -> Decision:
        """The category, from everything that is known so far."""
        like = self.corrections.match({row.photo_id: found.embedding}).get(row.photo_id) if found.embedding else None
        words = self.corrections.centroids.nearest(text) if text else None
        return decide(Evidence(found.kind, found.scores, like, words, seen), self.thresholds, self.corrections.version)


class ClassifyPhase(Phase):
    """Classifies each photo that was processed successfully; the photo's outcome in the job stays."""

    name = "classify"
    title = "Classifying…"
    number = 1  # always after "process"

    def source(self, job: Job) -> Source:
        return SucceededItems(job.pk, self.number)

    def prepare(self, job: Job) -> Tools:
        """The tools; the network is loaded once in the life of a worker process."""
        at = Thresholds(**settings.STOPBATH_THRESHOLDS)
        asked = configured_endpoint() if job.spec.get("vision") else None
        return Tools(
            network(), load_corrections(job.owner_id), at, job, asked, category_choices(job.owner_id) if asked else []
        )

    @as_engine_stop()
    def do(self, work: Work, prepared: Tools, stop: Stop) -> dict[str, Any]:
        """Analyse a photo and store its category. Raises Stopped or ItemFailed."""
        photo = Photo.objects.select_related("file").filter(pk=work.ref or 0).first()
        if photo is None:
            raise missing_photo_failure(work)
        found = self.analyse_photo(photo, work, prepared, stop)
        text = self.read_photo_text(photo, found.kind, stop)
        stop.check()
        row = build_row(photo, found)
        made = prepared.decide(row, found, text)
        if prepared.endpoint and not photo.corrected_at and made.classifier != learning.CLASSIFIER:
            save_result(row, found, made)  # before the call: if that fails, this decision stays
            seen = classify_picture(prepared.job, work, prepared.endpoint, found.features.jpeg, prepared.words, stop)
            made = prepared.decide(row, found, text, seen)
        return save_result(row, found, made)

    def read_photo_text(self, photo: Photo, kind: str, stop: Stop) -> str:
        """Store the text of a document; the text, empty if there is none. Raises Stopped or Aborted."""
        try:
            found = read_text(photo, kind, stop)
        except Unreadable:  # its pages can be rendered, but PDFium fails at its text
            return ""
        if found is None or not found.keep():
            return ""
        return found.text

    def analyse_photo(self, photo: Photo, work: Work, tools: Tools, stop: Stop) -> Analysis:
        """The analysis of a photo's file. Raises Aborted or ItemFailed."""
        path, side = photo.file.path, IMAGE_SIDE_PIXELS if tools.endpoint else 0
        try:
            return analyse(path, photo.format, stop.on_abort, tools.network, tools.thresholds, side)
        except (Unreadable, OSError) as error:
            raise file_failure(error, path, work) from error


def build_row(photo: Photo, found: Analysis) -> Classification:
    return Classification(photo=photo, scores=found.scores, attributes=found.attributes)


def save_result(row: Classification, found: Analysis, made: Decision) -> dict[str, Any]:
    """Store the classification; the result of the item. Raises ItemFailed if the photo was deleted."""
    row.category, row.score, row.classifier, row.version = astuple(made)
    if not row.keep(found.kind, bytes.fromhex(found.figures.dhash), found.embedding):
        raise ItemFailed(PHOTO_DELETED)
    return {"kind": found.kind, **asdict(made)}
