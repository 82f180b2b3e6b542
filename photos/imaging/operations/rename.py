"""Rename: the output's name by a template."""

from typing import Annotated

from pydantic import Field

from photos.imaging.formats.metadata import templates
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import Line, OptionSet


class Rename(Operation):
    """Name the output by a template; its content stays as it is."""

    name = "rename"
    label = "Rename"
    help = "Names results by a template; equal names get a number in the download."
    changes_pixels = False

    class Options(OptionSet):
        template: Annotated[str, Line(200)] = Field(
            "{date:%Y-%m-%d}_{name}_{n:04}",
            description=f"Text with {templates.NAME_FIELD_LIST}. "
            "{n:04} is the number in the batch with four digits. A / makes folders.",
        )

        def check(self) -> None:
            templates.check_name(self.template)

    def template(self, options: Options) -> str:
        return options.template
