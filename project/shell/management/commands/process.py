"""`manage.py process PATH… --out DIR`: a batch from the shell, through the same workers."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from jobs import states
from jobs.management.arguments import add_json
from jobs.models import Job
from photos.models import Import
from photos.outputs import export
from project.shell import outcome
from project.shell.arguments import EXIT_CODES_HELP, add_paths, add_user
from project.shell.batch import Batch


class Command(BaseCommand):
    """Imports files, applies steps, and writes the outputs into a folder."""

    help = (
        "Process files, folders and ZIP files, and write the results into a folder. Ctrl-C cancels and still writes "
        f"finished results; {EXIT_CODES_HELP}"
    )

    def add_arguments(self, parser: CommandParser) -> None:
        add_paths(parser)
        what = parser.add_mutually_exclusive_group()
        what.add_argument("--recipe", metavar="NAME", help="name or id of a recipe")
        what.add_argument(
            "--step", action="append", default=[], metavar="STEP", dest="steps",
            help="a step such as resize:longest_edge=1600; repeatable, in order",
        )  # fmt: skip
        parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the results")
        parser.add_argument("--classify", action="store_true", help="also classify the photos")
        parser.add_argument("--catalogue", action="store_true", help="also build a catalogue")
        parser.add_argument("--title", default="", help="title of the job")
        add_user(parser, "owner of the photos")
        add_json(parser)

    def handle(self, *args: Any, paths: list[Path], user: str | None, out: Path, **options: Any) -> None:
        """Import, process, write, report, and exit with the code of `outcome.exit_code`."""
        make_folder(out)
        with Batch(user) as batch:
            data = batch.request(options)
            import_job = batch.import_paths(paths)
            jobs = {"import": import_job}
            if import_job.status == states.COMPLETED:
                jobs["process"] = batch.process(import_job, data)
        count = self.write(import_job, jobs.get("process"), out)
        outcome.report(self.stdout, self.stderr, jobs, as_json=options["json"], written=count, folder=str(out))
        sys.exit(outcome.exit_code(*jobs.values()))

    def write(self, import_job: Job, job: Job | None, out: Path) -> int:
        """Write the outputs, also of a cancelled job; returns their number. Raises CommandError."""
        if job is None:
            return 0
        try:
            number = export.write_outputs(job, Import.objects.get(job_uuid=import_job.uuid), out)
            export.write_catalogue(job, out)
        except OSError as error:
            raise CommandError(f"{out} cannot be written to: {error.strerror or error}.") from error
        return number


def make_folder(out: Path) -> None:
    """Create the folder unless it exists. Raises CommandError."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandError(f"{out} cannot be used as a folder: {error.strerror}.") from error
