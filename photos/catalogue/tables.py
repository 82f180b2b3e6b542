"""The manifest: one line a file, as CSV for spreadsheets and as JSON for programs."""

import csv
import json
from collections.abc import Sequence
from typing import IO, Any

from jobs.text import escape_cell
from photos.catalogue.records import MANIFEST_COLUMNS, group_key


class CsvTable:
    """Writes records as CSV in UTF-8 with a byte order mark, for Excel; no cell is taken for a formula."""

    def __init__(self, file: IO[str], columns: Sequence[str] = MANIFEST_COLUMNS) -> None:
        self.columns = columns
        self.writer = csv.writer(file)
        file.write("\ufeff")
        self.writer.writerow(columns)

    def add(self, record: dict[str, Any]) -> None:
        values = (record[column] for column in self.columns)
        self.writer.writerow([escape_cell(value) if isinstance(value, str) else value for value in values])

    def end(self) -> None:
        """Do nothing: only the JSON tables have an end."""


class JsonList:
    """Writes a JSON object record by record: facts about the job, then the list of its files."""

    def __init__(self, file: IO[str], facts: dict[str, Any], columns: Sequence[str] = MANIFEST_COLUMNS) -> None:
        self.file, self.columns = file, columns
        self.between = "\n"
        file.write(json.dumps(facts, ensure_ascii=False)[:-1] + ', "files": [')

    def add(self, record: dict[str, Any]) -> None:
        entry = {column: record[column] for column in self.columns}
        self.file.write(self.between + json.dumps(entry, ensure_ascii=False))
        self.between = ",\n"

    def end(self) -> None:
        self.file.write("\n]}\n")


class JsonTable:
    """Writes a JSON object record by record: facts about the job, then groups of files by category and day."""

    def __init__(self, file: IO[str], facts: dict[str, Any], columns: Sequence[str] = MANIFEST_COLUMNS) -> None:
        self.file, self.columns = file, columns
        self.group: tuple[str, str] | None = None
        file.write(json.dumps(facts, ensure_ascii=False)[:-1] + ', "groups": [')

    def add(self, record: dict[str, Any]) -> None:
        """Write a record; the first one of a category or day begins a group."""
        group = group_key(record)
        if group != self.group:
            self.file.write("" if self.group is None else "\n]},")
            category, day = group
            self.file.write("\n" + json.dumps({"category": category, "date": day}, ensure_ascii=False)[:-1])
            self.file.write(', "files": [\n')
        else:
            self.file.write(",\n")
        self.group = group
        self.file.write(json.dumps({column: record[column] for column in self.columns}, ensure_ascii=False))

    def end(self) -> None:
        self.file.write("]}\n" if self.group is None else "\n]}]}\n")
