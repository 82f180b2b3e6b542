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
from photos.kinds.failures import missing_photo_failure
from photos.kinds.learnt import Corrections, load_corrections, text_beginnings
from photos.kinds.process import Process
from photos.kinds.serializers import PhotosSubmitSerializer
from photos.kinds.submission import reclassify_submission, selection_source
from photos.models import Classification, Photo
from photos.models.classification import save_decisions

PERSON = "person"
READ_AHEAD_SIZE = 500  # photos
NEVER_CLASSIFIED = "This photo has not been classified yet: run a job that classifies it first"


class ReadAhead:
    """Decides for a batch of photos at a time, beginning with the current item."""

    def __init__(self, job: Job, corrections: Corrections, at: Thresholds) -> None:
        self.job, self.corrections, self.at = job, corrections, at
        self.decisions: dict[int, dict[str, Any]] = {}

    def decision(self, work: Work) -> dict[str, Any] | None:
        """The decision about one photo; None for a photo that was never classified."""
        if work.ref not in self.decisions:
            self.decisions = self.decide_batch(work.position)
        return self.decisions.get(work.ref or 0)

    def decide_batch(self, position: int) -> dict[int, dict[str, Any]]:
        """The decisions about the photos from that position on."""
        coming = self.job.items.filter(phase=0, position__gte=position).order_by("position")
        refs = [ref for ref in coming.values_list("ref", flat=True)[:READ_AHEAD_SIZE] if ref]
        rows = list(Classification.objects.filter(pk__in=refs).select_related("photo__file"))
        alike = self.corrections.match_stored(refs)
        texts = text_beginnings(refs) if self.corrections.centroids.means else {}
        words = {photo: self.corrections.centroids.nearest(text) for photo, text in texts.items()}
        return {row.photo_id: self.decide(row, alike.get(row.photo_id), words.get(row.photo_id)) for row in rows}

    def decide(self, row: Classification, like: Match | None, words: Match | None) -> dict[str, Any]:
        """The result of an item; a user's correction stays."""
        kind = kind_of(row.facts(), self.at)
        seen = (
            Decision(row.category, row.score, row.classifier, row.version)
            if row.classifier == vision.CLASSIFIER
            else None
        )
        made = asdict(decide(Evidence(kind, row.scores, like, words, seen), self.at, self.corrections.version))
        said = {"category": row.photo.category, "classifier": PERSON} if row.photo.corrected_at else {}
        return {"kind": kind, **made, **said}


class ReclassifyPhase(Phase):
    """Classifies photos without opening a file."""

    name = "classify"
    title = "Classifying…"

    def source(self, job: Job) -> Source:
        return selection_source(job.spec)

    def prepare(self, job: Job) -> ReadAhead:
        """The corrections up to now."""
        return ReadAhead(job, load_corrections(job.owner_id), Thresholds(**settings.STOPBATH_THRESHOLDS))

    def do(self, work: Work, prepared: ReadAhead, stop: Stop) -> dict[str, Any]:
        """The decision about one photo. Raises ItemFailed."""
        if work.ref is None:
            raise missing_photo_failure(work)
        found = prepared.decision(work)
        if found is not None:
            return found
        raise (
            ItemFailed(NEVER_CLASSIFIED) if Photo.objects.filter(pk=work.ref).exists() else missing_photo_failure(work)
        )

    def save_results(self, results: Sequence[tuple[Work, dict[str, Any]]]) -> None:
        """Save a batch of decisions in two statements."""
        save_decisions({work.ref: made for work, made in results if work.ref and made["classifier"] != PERSON})


class Reclassify(Process):
    """Decides categories again; later phases are those of Process."""

    name = "reclassify"
    label = "Reclassify"
    submit_serializer = PhotosSubmitSerializer
    makes_files = False
    phases: ClassVar[Mapping[str, Phase]] = {**Process.phases, ReclassifyPhase.name: ReclassifyPhase()}

    def submission(self, data: dict[str, Any], owner: Any) -> Submission:
        """The photos. Raises Refused."""
        return reclassify_submission(data, owner)
