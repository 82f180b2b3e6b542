"""A batch of a command: an import and a processing job, both followed on the terminal."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any

from django.core.management.base import CommandError
from django.db.models import Q

from jobs.errors import Refused
from jobs.models import Job
from jobs.text import as_uuid
from photos.imaging.formats import Unreadable
from photos.imaging.operations import InvalidSteps, steps_from_text
from photos.kinds.submission import parse_steps, process_submission, select_imported
from photos.library import imports
from photos.models import Import, Recipe
from project.shell.follower import DOOR, Follower, Interrupt
from project.shell.local_workers import LocalWorkers, migrate_embedded_database
from project.shell.owner import find_owner


class Batch(AbstractContextManager["Batch"]):
    """The jobs of one command; workers run until the end of the with statement."""

    def __init__(self, user: str | None) -> None:
        migrate_embedded_database()
        self.owner = find_owner(user)
        self.interrupt, self.crew = Interrupt(), LocalWorkers()
        self.follower = Follower(self.crew, self.interrupt)
        self.parts = ExitStack()

    def __enter__(self) -> "Batch":
        self.parts.enter_context(self.interrupt.catch_signals())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.parts.close()

    def request(self, options: dict[str, Any]) -> dict[str, Any]:
        """The body of a submit, as for the API, from the options of a command. Raises CommandError."""
        data = {name: options[name] for name in ("classify", "catalogue", "title")}
        try:
            data["steps"] = (
                self.recipe_steps(options["recipe"]) if options["recipe"] else parse_step_texts(options["steps"])
            )
            parse_steps(data, self.owner, may_be_empty=data["classify"] or data["catalogue"])
        except (Refused, InvalidSteps) as error:
            raise CommandError(error.sentence) from error
        return data

    def recipe_steps(self, name: str) -> Any:
        """The steps of a recipe that the owner can see, by name or id. Raises CommandError."""
        recipes = Recipe.objects.visible_to(self.owner).filter(Q(name__iexact=name) | Q(uuid=as_uuid(name)))
        recipe = recipes.own_first().first()
        if recipe is None:
            names = ", ".join(Recipe.objects.visible_to(self.owner).values_list("name", flat=True)) or "none"
            raise CommandError(f"There is no recipe {name!r}; there are: {names}.")
        return recipe.steps

    def import_paths(self, paths: Sequence[Path]) -> Job:
        """Import files, folders and archives; returns the job when it has ended. Raises CommandError."""
        listing = imports.Listing(self.owner)
        for path in dict.fromkeys(path.absolute() for path in paths):
            try:
                listing.add(path)
            except (OSError, Unreadable) as error:
                raise CommandError(f"{path}: {getattr(error, 'strerror', None) or error}.") from error
        self.parts.enter_context(self.crew)
        try:
            job = imports.submit(listing, door=DOOR)
        except Refused as error:
            raise CommandError(error.sentence) from error
        return self.follower.follow(job, self.owner)

    def process(self, import_job: Job, data: dict[str, Any]) -> Job:
        """Process the photos of an import; returns the job when it has ended. Raises CommandError."""
        batch = Import.objects.get(job_uuid=import_job.uuid)
        try:
            submission = process_submission(data, self.owner, select_imported(batch.pk))
        except Refused as error:
            raise CommandError(error.sentence) from error
        return self.follower.follow(Job.submit("process", submission, self.owner, door=DOOR), self.owner)


def parse_step_texts(texts: list[str]) -> list[dict[str, Any]]:
    """The steps of a command line in the form of the API. Raises InvalidSteps."""
    return [step.as_json() for step in steps_from_text(texts)]
