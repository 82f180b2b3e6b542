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
from photos.kinds.corrections import Corrections, load_corrections
from photos.kinds.failures import PHOTO_DELETED, file_failure, missing_photo_failure
from photos.kinds.reading import read_text
from photos.kinds.stopping import as_engine_stop
from photos.kinds.vision import IMAGE_SIDE_PIXELS, category_choices, classify_picture, configured_endpoint
from photos.models import Classification, Photo


@dataclass(frozen=True)
class Tools:
    """The network, corrections and settings for the photos of a job."""

    network: Network | None  # None without the extra `tags`
    corrections: Corrections
    thresholds: Thresholds
    job: Job
    endpoint: Endpoint | None  # of a vision model, if the operator has set one
    words: list[str]  # the categories to choose from

    def decide(
        self, row: Classification, analysis: Analysis, text: str, vision_decision: Decision | None = None
    ) -> Decision:
        """The category from the analysis, the corrections, the text and, if there is one, the model's decision."""
        similar = (
            self.corrections.match({row.photo_id: analysis.embedding}).get(row.photo_id) if analysis.embedding else None
        )
        words = self.corrections.centroids.nearest(text) if text else None
        return decide(
            Evidence(analysis.kind, analysis.scores, similar, words, vision_decision),
            self.thresholds,
            self.corrections.version,
        )


class ClassifyPhase(Phase):
    """Classifies each photo that was processed successfully; the photo's outcome in the job stays."""

    name = "classify"
    title = "Classifying…"
    number = 1  # always after "process"

    def source(self, job: Job) -> Source:
        return SucceededItems(job.pk, self.number)

    def prepare(self, job: Job) -> Tools:
        """The tools; a worker process loads the network once."""
        thresholds = Thresholds(**settings.STOPBATH_THRESHOLDS)
        endpoint = configured_endpoint() if job.spec.get("vision") else None
        return Tools(
            network(),
            load_corrections(job.owner_id),
            thresholds,
            job,
            endpoint,
            category_choices(job.owner_id) if endpoint else [],
        )

    @as_engine_stop()
    def do(self, work: Work, prepared: Tools, stop: Stop) -> dict[str, Any]:
        """Analyse a photo and store its category; returns the result of the item. Raises Stopped or ItemFailed."""
        photo = Photo.objects.select_related("file").filter(pk=work.ref or 0).first()
        if photo is None:
            raise missing_photo_failure(work)
        analysis = self.analyse_photo(photo, work, prepared, stop)
        text = self.read_photo_text(photo, analysis.kind, stop)
        stop.check()
        row = build_row(photo, analysis)
        decision = prepared.decide(row, analysis, text)
        if prepared.endpoint and not photo.corrected_at and decision.classifier != learning.CLASSIFIER:
            save_result(row, analysis, decision)  # before the call: if that fails, this decision stays
            vision_decision = classify_picture(
                prepared.job, work, prepared.endpoint, analysis.features.jpeg, prepared.words, stop
            )
            decision = prepared.decide(row, analysis, text, vision_decision)
        return save_result(row, analysis, decision)

    def read_photo_text(self, photo: Photo, kind: str, stop: Stop) -> str:
        """Store the text of a document and return it; empty if there is none. Raises Stopped or Aborted."""
        try:
            document = read_text(photo, kind, stop)
        except Unreadable:  # the pages can be rendered, but PDFium fails at the text
            return ""
        if document is None or not document.keep():
            return ""
        return document.text

    def analyse_photo(self, photo: Photo, work: Work, tools: Tools, stop: Stop) -> Analysis:
        """The analysis of a photo's file. Raises Aborted or ItemFailed."""
        path, side = photo.file.path, IMAGE_SIDE_PIXELS if tools.endpoint else 0
        try:
            return analyse(path, photo.format, stop.on_abort, tools.network, tools.thresholds, side)
        except (Unreadable, OSError) as error:
            raise file_failure(error, path, work) from error


def build_row(photo: Photo, analysis: Analysis) -> Classification:
    return Classification(photo=photo, scores=analysis.scores, attributes=analysis.attributes)


def save_result(row: Classification, analysis: Analysis, decision: Decision) -> dict[str, Any]:
    """Store the classification; returns the result of the item. Raises ItemFailed if the photo was deleted."""
    row.category, row.score, row.classifier, row.version = astuple(decision)
    if not row.keep(analysis.kind, bytes.fromhex(analysis.figures.dhash), analysis.embedding):
        raise ItemFailed(PHOTO_DELETED)
    return {"kind": analysis.kind, **asdict(decision)}
