"""`manage.py verify`: compares the storage with the database."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from jobs.management.arguments import add_json
from jobs.wording import quantity
from photos.library.integrity import ORIGINALS, OUTPUTS, THUMBNAILS, Difference, Inspection, count_orphans

EXIT_CODE_DIFFERENT = 3


class Command(BaseCommand):
    """Reports files without rows, rows without files and changed bytes."""

    help = (
        "Compare originals, thumbnails and outputs with the database."
        f" Deletes nothing; exit {EXIT_CODE_DIFFERENT} at a difference."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--hashes", action="store_true", help="also read and hash every original and output")
        parser.add_argument("--quarantine", action="store_true", help="move files of rolled-back uploads into orphans/")
        add_json(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Report each difference as soon as it is found; exit code 3 if there is one."""
        inspection = Inspection(hashes=options["hashes"], quarantine=options["quarantine"])
        report = self.write_json if options["json"] else self.write_lines
        if report(inspection, inspection.differences()):
            sys.exit(EXIT_CODE_DIFFERENT)

    def write_lines(self, inspection: Inspection, differences: Iterator[Difference]) -> int:
        """Write a line for each difference, then the totals; returns the number of differences."""
        count = 0
        for count, difference in enumerate(differences, 1):  # noqa: B007 - used below
            self.stdout.write(str(difference))
        totals = (f"{inspection.checked[place]:,} {place}" for place in (ORIGINALS, THUMBNAILS, OUTPUTS))
        outcome = quantity(count, "difference") if count else "nothing differs"
        self.stdout.write(f"{', '.join(totals)}: {outcome}")
        if orphans := count_orphans():
            self.stdout.write(f"{orphans:,} in orphans/")
        return count

    def write_json(self, inspection: Inspection, differences: Iterator[Difference]) -> int:
        """Write one JSON object while differences are found, as there may be a million; returns their number."""
        count = 0
        self.stdout.write('{"differences": [')
        for count, difference in enumerate(differences, 1):
            self.stdout.write((",\n" if count > 1 else "") + json.dumps(difference.as_dict()), ending="")
        checked = {place: inspection.checked[place] for place in (ORIGINALS, THUMBNAILS, OUTPUTS)}
        self.stdout.write(f'\n], "checked": {json.dumps(checked)}, "orphans": {count_orphans()}}}')
        return count
