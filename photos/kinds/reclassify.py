"""The kind of job that decides categories again, from stored analyses and the corrections made since."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, ClassVar

from django.conf import settings

from jobs.errors import ItemFailed
from jobs.kinds import Phase, Submission
from jobs.models import Job
from jobs.sources import Source
from jobs.stop import Stop
from jobs.work import Work
from photos.classification import vision
from photos.classification.decision import Decision, Evidence, decide
from photos.classification.kinds import kind_of
from photos.classification.learning import Match
from photos.classification.thresholds import Thresholds
from photos.kinds.corrections import Corrections, load_corrections, text_beginnings
from photos.kinds.failures import missing_photo_failure
from photos.kinds.process import Process
from photos.kinds.serializers import PhotosSubmitSerializer
from photos.kinds.submission import reclassify_submission, selection_source
from photos.models import Classification, Photo
from photos.models.classification import save_decisions

PERSON = "person"
READ_AHEAD_SIZE = 500  # photos
NEVER_CLASSIFIED = "This photo has not been classified yet: run a job that classifies it first"


class ReadAhead:
    """Decides for `READ_AHEAD_SIZE` photos at once, beginning with the current item."""

    def __init__(self, job: Job, corrections: Corrections, at: Thresholds) -> None:
        self.job, self.corrections, self.at = job, corrections, at
        self.decisions: dict[int, dict[str, Any]] = {}

    def decision(self, work: Work) -> dict[str, Any] | None:
        """The decision about the photo of an item; None for a photo that was never classified."""
        if work.ref not in self.decisions:
            self.decisions = self.decide_batch(work.position)
        return self.decisions.get(work.ref or 0)

    def decide_batch(self, position: int) -> dict[int, dict[str, Any]]:
        """The decisions about the photos from that position on."""
        items = self.job.items.filter(phase=0, position__gte=position).order_by("position")
        refs = [ref for ref in items.values_list("ref", flat=True)[:READ_AHEAD_SIZE] if ref]
        rows = list(Classification.objects.filter(pk__in=refs).select_related("photo__file"))
        matches = self.corrections.match_stored(refs)
        texts = text_beginnings(refs) if self.corrections.centroids.means else {}
        words = {photo: self.corrections.centroids.nearest(text) for photo, text in texts.items()}
        return {row.photo_id: self.decide(row, matches.get(row.photo_id), words.get(row.photo_id)) for row in rows}

    def decide(self, row: Classification, similar: Match | None, words: Match | None) -> dict[str, Any]:
        """The result of an item; the category of a user's correction stays."""
        kind = kind_of(row.facts(), self.at)
        vision_decision = (
            Decision(row.category, row.score, row.classifier, row.version)
            if row.classifier == vision.CLASSIFIER
            else None
        )
        decision = asdict(
            decide(Evidence(kind, row.scores, similar, words, vision_decision), self.at, self.corrections.version)
        )
        correction = {"category": row.photo.category, "classifier": PERSON} if row.photo.corrected_at else {}
        return {"kind": kind, **decision, **correction}


class ReclassifyPhase(Phase):
    """Classifies photos without opening a file."""

    name = "classify"
    title = "Classifying…"

    def source(self, job: Job) -> Source:
        return selection_source(job.spec)

    def prepare(self, job: Job) -> ReadAhead:
        """The job's photos with the corrections up to now."""
        return ReadAhead(job, load_corrections(job.owner_id), Thresholds(**settings.STOPBATH_THRESHOLDS))

    def do(self, work: Work, prepared: ReadAhead, stop: Stop) -> dict[str, Any]:
        """The decision about the photo of an item. Raises ItemFailed."""
        if work.ref is None:
            raise missing_photo_failure(work)
        decision = prepared.decision(work)
        if decision is not None:
            return decision
        raise (
            ItemFailed(NEVER_CLASSIFIED) if Photo.objects.filter(pk=work.ref).exists() else missing_photo_failure(work)
        )

    def save_results(self, results: Sequence[tuple[Work, dict[str, Any]]]) -> None:
        """Save a batch of decisions in two statements."""
        save_decisions(
            {work.ref: decision for work, decision in results if work.ref and decision["classifier"] != PERSON}
        )


class Reclassify(Process):
    """Decides categories again; later phases are those of Process."""

    name = "reclassify"
    label = "Reclassify"
    submit_serializer = PhotosSubmitSerializer
    makes_files = False
    phases: ClassVar[Mapping[str, Phase]] = {**Process.phases, ReclassifyPhase.name: ReclassifyPhase()}

    def submission(self, data: dict[str, Any], owner: Any) -> Submission:
        """The submission of a submit of this kind. Raises Refused."""
        return reclassify_submission(data, owner)
