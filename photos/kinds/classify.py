"""The phase that tells what each photo is."""

from dataclasses import asdict, astuple, dataclass
from typing import Any

from django.conf import settings

from jobs.errors import ItemFailed
from jobs.kinds import Phase, Work
from jobs.models import Job
from jobs.sources import Source, Succeeded
from jobs.stop import Stop, Stopped
from photos.classification.deciding import Evidence, decide
from photos.classification.findings import Findings, find
from photos.classification.network import Network
from photos.classification.tags import network
from photos.classification.thresholds import Thresholds
from photos.formats import Unreadable
from photos.kinds.failures import DELETED, failure
from photos.kinds.learnt import Learnt, learnt
from photos.models import Classification, Photo
from photos.models.classification import signed
from photos.pipeline import Aborted


@dataclass(frozen=True)
class Tools:
    """What every photo of a job is looked at with."""

    network: Network | None  # None without the extra `tags`
    taught: Learnt
    thresholds: Thresholds


class ClassifyPhase(Phase):
    """Looks at each photo that was processed well, and never changes how that counts."""

    name = "classify"
    title = "Classifying…"
    number = 1  # always after "process"

    def source(self, job: Job) -> Source:
        """The photos that the phase before did well."""
        return Succeeded(job.pk, self.number)

    def prepare(self, job: Job) -> Tools:
        """The network is read once in the life of a worker process."""
        return Tools(network(), learnt(job.owner_id), Thresholds(**settings.STOPBATH_THRESHOLDS))

    def do(self, work: Work, prepared: Tools, stop: Stop) -> dict[str, Any]:
        """Look at one photo and write down what it is."""
        photo = Photo.objects.select_related("file").filter(pk=work.ref or 0).first()
        if photo is None:
            raise ItemFailed(DELETED)
        path = photo.file.path
        try:
            found = find(path, photo.format, stop.aborting, prepared.network, prepared.thresholds)
        except Aborted as error:
            raise Stopped from error
        except (Unreadable, OSError) as error:
            raise failure(error, path, work) from error
        stop.check()
        return kept(photo, found, prepared)


def kept(photo: Photo, found: Findings, tools: Tools) -> dict[str, Any]:
    """Decide and write what was found; the result of the item. Raises ItemFailed when the photo is gone."""
    row = Classification(
        photo=photo,
        scores=found.scores,
        attributes=found.attributes,
        dhash=signed(int(found.figures.dhash, 16)),
        embedding=found.tags.embedding.tobytes() if found.tags else None,
    )
    like = tools.taught.alike([row]).get(photo.pk)
    made = decide(Evidence(found.kind, found.scores, like), tools.thresholds, tools.taught.version)
    row.category, row.score, row.classifier, row.version = astuple(made)
    if not row.keep(found.kind):
        raise ItemFailed(DELETED)
    return {"kind": found.kind, **asdict(made)}
