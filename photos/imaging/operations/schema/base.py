"""What an operation is: one step of what is done to a picture."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

import pyvips

from photos.imaging.formats import Saving
from photos.imaging.formats.bounds import check_step
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.operations.schema.options import OptionSet, json_schema


@dataclass(frozen=True)
class Scaling:
    """A step that only changes the size: first to width × height, then cut to the middle where `cut` is smaller."""

    width: int
    height: int
    cut: tuple[int, int] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """Width and height of the result."""
        return self.cut or (self.width, self.height)

    def shrink(self, width: int, height: int) -> float:
        """How many times smaller a picture of width × height becomes, along the side that shrinks least."""
        return min(width / self.width, height / self.height)

    def apply(self, page: pyvips.Image) -> pyvips.Image:
        """The page in the new size."""
        scaled = scale(page, self.width, self.height)
        if self.cut is None or self.cut == (self.width, self.height):
            return scaled
        width, height = self.cut
        return scaled.crop((self.width - width) // 2, (self.height - height) // 2, width, height)


def scale(page: pyvips.Image, width: int, height: int) -> pyvips.Image:
    """The page at exactly width × height; what is transparent does not bleed into what is not.

    Raises Unreadable for a size that no step may make.
    """
    check_step((page.width, page.height), (width, height))
    if (width, height) == (page.width, page.height):
        return page
    across, down = width / page.width, height / page.height
    page = vips_fields.scale_resolution(page, math.sqrt(across * down))
    if not page.hasalpha():
        return page.resize(across, vscale=down)
    return page.premultiply().resize(across, vscale=down).unpremultiply().rint().cast(page.format)


@dataclass(frozen=True)
class Step:
    """An operation with its options, both checked."""

    operation: Operation
    options: OptionSet

    def as_json(self) -> dict[str, Any]:
        """The step as it is kept and sent."""
        return {"operation": self.operation.name, "options": self.options.as_json()}


class Operation:
    """One step: page in, page out. A file in photos/imaging/operations with a subclass of this is a new operation.

    A page is grey or RGB, of 8 or 16 bits, perhaps with transparency, and upright.
    """

    name: ClassVar[str] = ""  # words joined by hyphens
    label: ClassVar[str] = ""
    help: ClassVar[str] = ""
    changes_pixels: ClassVar[bool] = True  # False: a resize after this step still saves decoding
    # True: what the picture shows stays where it is, so that the text of a PDF still fits it.
    keeps_positions: ClassVar[bool] = False
    needs_random_access: ClassVar[bool] = False  # True: needs pixels in another order than from top to bottom

    class Options(OptionSet):
        """None."""

    def scaling(self, width: int, height: int, options: Any) -> Scaling | None:
        """For a step that only changes the size, what it makes of width × height: then fewer pixels are decoded."""
        return None

    def output_size(self, width: int, height: int, options: Any) -> tuple[int, int] | None:
        """For a step that cuts, turns or flips, the size it makes of width × height: it is then done to a smaller copy
        when a scaling follows. None for every other step, and where the size depends on what the picture shows."""
        return None

    def quarter_turns(self, options: Any) -> int | None:
        """For a step that only turns by quarters, how many clockwise; None for every other: the pages of a PDF can then
        be turned as they are."""
        return None

    def scale_options(self, options: Any, factor: float) -> Any:
        """The options for a copy of the picture that is `factor` times as large; what counts pixels changes."""
        return options

    def needs_all_pixels(self, options: Any) -> bool:
        """Whether all pixels must be there before the step: to be read in another order, or twice."""
        return self.needs_random_access

    def photos(self, options: Any) -> Sequence[str]:
        """The ids of other photos that the step needs; none by default."""
        return ()

    def with_photos(self, files: Mapping[str, Path]) -> Operation:
        """The operation with the files of such photos at hand; those that are gone are not among them."""
        return self

    def resolve(self, page: pyvips.Image, options: Any) -> Step:
        """The step with everything decided that depends on what the page shows; all frames then get the same."""
        return Step(self, options)

    def apply(self, page: pyvips.Image, options: Any) -> pyvips.Image:
        """What becomes of a page; nothing by default."""
        scaling = self.scaling(page.width, page.height, options)
        return scaling.apply(page) if scaling else page

    def note(self, page: pyvips.Image, options: Any) -> str:
        """What a person should know about the step done to a picture that says so of itself; nothing by default."""
        return ""

    def saving(self, saving: Saving, options: Any) -> Saving:
        """What becomes of the way the output is written; nothing by default."""
        return saving

    def template(self, options: Any) -> str | None:
        """How outputs are to be named; as their originals by default."""
        return None

    def schema(self) -> dict[str, Any]:
        """The JSON Schema of the options."""
        return json_schema(self.Options)

    def describe(self) -> dict[str, Any]:
        """What programs are told about the operation."""
        return {"name": self.name, "label": self.label, "help": self.help, "options": self.schema()}
