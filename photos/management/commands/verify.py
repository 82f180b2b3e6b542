"""`manage.py verify`: the storage against the database."""

import json
import sys
from collections.abc import Iterator
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from photos.library.integrity import ORIGINALS, OUTPUTS, THUMBNAILS, Difference, Inspection, count_orphans

EXIT_CODE_DIFFERENT = 3  # the exit code


class Command(BaseCommand):
    """Tells files without rows, rows without files and wrong bytes."""

    help = "Compare originals, thumbnails and outputs with the database. Deletes nothing; exit 3 at a difference."

    def add_arguments(self, parser: CommandParser) -> None:
        """How closely to look, and what to do about it."""
        parser.add_argument("--hashes", action="store_true", help="read and hash every original and output, too")
        parser.add_argument(
            "--quarantine", action="store_true", help="move what rolled-back uploads left into orphans/"
        )
        parser.add_argument("--json", action="store_true", help="answer as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        """Look, and tell each difference as it is found."""
        inspection = Inspection(hashes=options["hashes"], quarantine=options["quarantine"])
        tell = self.tell_as_json if options["json"] else self.tell
        if tell(inspection, inspection.differences()):
            sys.exit(EXIT_CODE_DIFFERENT)

    def tell(self, inspection: Inspection, differences: Iterator[Difference]) -> int:
        """A line for each difference, then how much was looked at; returns how many differ."""
        count = 0
        for count, difference in enumerate(differences, 1):  # noqa: B007 - told below
            self.stdout.write(str(difference))
        looked_at = (f"{inspection.checked[place]:,} {place}" for place in (ORIGINALS, THUMBNAILS, OUTPUTS))
        found = f"{count:,} {'difference' if count == 1 else 'differences'}" if count else "nothing differs"
        self.stdout.write(f"{', '.join(looked_at)}: {found}")
        if orphans := count_orphans():
            self.stdout.write(f"{orphans:,} in orphans/")
        return count

    def tell_as_json(self, inspection: Inspection, differences: Iterator[Difference]) -> int:
        """One object, written as it is found out: a lost storage may have a million differences."""
        count = 0
        self.stdout.write('{"differences": [')
        for count, difference in enumerate(differences, 1):
            self.stdout.write((",\n" if count > 1 else "") + json.dumps(difference.as_dict()), ending="")
        checked = {place: inspection.checked[place] for place in (ORIGINALS, THUMBNAILS, OUTPUTS)}
        self.stdout.write(f'\n], "checked": {json.dumps(checked)}, "orphans": {count_orphans()}}}')
        return count
