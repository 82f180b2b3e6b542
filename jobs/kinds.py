"""What a batch is made of: other apps plug in by registering job kinds."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from jobs.fields import OutputSerializer, SubmitSerializer
from jobs.sources import Select, Source
from jobs.work import PendingResult, Work

if TYPE_CHECKING:
    from jobs.models import Item, Job
    from jobs.stop import Stop


logger = logging.getLogger(__name__)

MAX_TITLE_CHARACTERS = 200  # of a job: the rest is cut off


@dataclass(frozen=True)
class Submission:
    """A checked request for a job: what the engine keeps of it."""

    title: str
    spec: dict[str, Any]  # JSON: the selection and the options
    phases: Sequence[str]  # names, in order
    total: int  # files in the first phase


class Phase(ABC):
    """One pass over the items of a job."""

    name: str
    title: str  # what the progress window says meanwhile
    follows_files = True  # False: its items are others, which sum up all files and are made anew by every run

    @abstractmethod
    def source(self, job: Job) -> Source:
        """What the items of this phase are."""

    def prepare(self, job: Job) -> Any:
        """What `do` needs for every item alike; made once a slice."""
        return None

    @abstractmethod
    def do(self, work: Work, prepared: Any, stop: Stop) -> dict[str, Any] | PendingResult | None:
        """Do one item and return its result (JSON). Raises ItemFailed with a sentence, or PassingFault."""

    def save_results(self, results: Sequence[tuple[Work, dict[str, Any]]]) -> None:
        """Write what results say of other rows: once, with the outcomes, in their transaction, so keep it short."""


class Kind(ABC):
    """A kind of job: how it is submitted, what its phases do, what it leaves behind."""

    name: str
    label: str
    submit_serializer: type[SubmitSerializer] = SubmitSerializer  # what the API takes before it asks for a submission
    output_serializer: type[OutputSerializer] = OutputSerializer  # what the API tells of an output
    phases: ClassVar[Mapping[str, Phase]] = {}  # by name: all that its jobs may have
    makes_files = True  # which can be downloaded
    # Parts of the page of a job; their context has `job`, and in a line `line` and `details`, too.
    item_template = "jobs/_item.html"  # one file
    summary_template: str | None = None  # what is said beside the figures that every job has
    buttons_template: str | None = None  # what can be downloaded, and what else can be done

    @abstractmethod
    def submission(self, data: dict[str, Any], owner: Any) -> Submission:
        """Check a request whose fields have the form that the submit serializer wants. Raises Refused."""

    def phase(self, name: str) -> Phase:
        """The phase of that name. Raises KeyError."""
        return self.phases[name]

    def output(self, item: Item) -> dict[str, Any] | None:
        """What is told of an item's output, as the output serializer has it but for the address; None without one."""
        return None

    def open_output(self, item: Item) -> tuple[Path, str, str]:
        """An output's file, the name to download it under, its content type. Raises FileNotFoundError."""
        raise FileNotFoundError(item.name)

    def results_url(self, job: Job) -> str | None:
        """Where all files that a job made are downloaded at once; None where there is no such address."""
        return None

    def delete_warning(self, job: Job) -> str:
        """What a person is told before a job is deleted."""
        return "Its history and everything it made are deleted. The originals stay."

    def paths(self, refs: Iterable[int]) -> dict[int, str]:
        """The folder that each item came from, where it had one."""
        return {}

    def discard(self, results: Iterable[dict[str, Any]]) -> None:
        """Delete what these results point at. Must not mind when it is gone already."""

    def discard_unfinished(self, job_uuid: str) -> None:
        """Delete what items that were stopped had left for their next attempt."""

    def needs_finalizing(self, job: Job) -> bool:
        """Whether something is to be done about a job that came to rest before its last phase was done: cancelled and
        settled, or broken. The caller holds its lock."""
        return False

    def finalize(self, job: Job) -> None:
        """Do that, in a worker; once more when it was cut short. Raises ItemFailed with a sentence, or PassingFault."""

    def clean_up(self, job_uuid: str) -> None:
        """Delete what only the rest of a job would have needed."""

    def delete_outputs(self, job_uuid: str, until: float) -> bool:
        """Delete what a deleted job had made, never originals; False when some is left at that monotonic time.

        Called until nothing is left, perhaps by several at once, and must not mind when all is gone already.
        """
        return True


registry: dict[str, Kind] = {}


def register(kind: Kind) -> None:
    """Make a kind known; called when the app that has it is ready."""
    registry[kind.name] = kind


def get_kind(name: str) -> Kind:
    """The kind of that name, or one that stands for it where this version has none."""
    return registry.get(name) or PlaceholderKind(name)


class UnknownKind(Exception):
    """This version does not have the kind of a job: one sentence that says so."""


class PlaceholderKind(Kind):
    """Stands for a kind that an upgrade took away: its jobs can be looked at, ended and deleted."""

    makes_files = False

    def __init__(self, name: str) -> None:
        self.name = self.label = name

    def submission(self, data: dict[str, Any], owner: Any) -> Submission:
        """Nobody submits one. Raises UnknownKind."""
        raise UnknownKind(self.sentence)

    def phase(self, name: str) -> Phase:
        """One that cannot be done."""
        return PlaceholderPhase(self.sentence)

    def delete_outputs(self, job_uuid: str, until: float) -> bool:
        """Nobody knows what it had made: that stays, and the log says so."""
        logger.warning("%s What the deleted job %s had made stays.", self.sentence, job_uuid)
        return True

    @property
    def sentence(self) -> str:
        """Why it cannot be done."""
        return f"This version has no jobs of the kind {self.name}."


class PlaceholderPhase(Phase):
    """A phase of such a kind."""

    follows_files = False

    def __init__(self, sentence: str) -> None:
        self.name = self.title = ""
        self.sentence = sentence

    def source(self, job: Job) -> Source:
        return PlaceholderSource(self.sentence)

    def prepare(self, job: Job) -> Any:
        """Nothing: no file is to blame, the job fails. Raises UnknownKind."""
        raise UnknownKind(self.sentence)

    def do(self, work: Work, prepared: Any, stop: Stop) -> dict[str, Any] | None:
        raise UnknownKind(self.sentence)


@dataclass(frozen=True)
class PlaceholderSource(Source):
    """Items that nobody can tell any more."""

    sentence: str

    def count(self) -> int:
        return 0

    def select(self, after: int, limit: int) -> Select:
        raise UnknownKind(self.sentence)
