"""Operations: the base class, and the steps that people compose of them."""

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
    """A step that only changes the size: first to width × height, then cut to `cut` from the middle."""

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
    """The page at exactly width × height; colours of transparent pixels do not bleed into visible ones.

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
        """The step as it is stored and sent."""
        return {"operation": self.operation.name, "options": self.options.as_json()}


class Operation:
    """One step: page in, page out. A file in photos/imaging/operations with a subclass is a new operation.

    A page is upright, grey or RGB, of 8 or 16 bits, perhaps with transparency.
    """

    name: ClassVar[str] = ""  # words joined by hyphens
    label: ClassVar[str] = ""
    help: ClassVar[str] = ""
    changes_pixels: ClassVar[bool] = True  # False: a resize after this step still saves decoding
    # True: the picture's content stays at its positions, so that the text of a PDF page still fits.
    keeps_positions: ClassVar[bool] = False
    needs_random_access: ClassVar[bool] = False  # True: needs pixels in another order than from top to bottom

    class Options(OptionSet):
        """None."""

    def scaling(self, width: int, height: int, options: Any) -> Scaling | None:
        """The scaling of a picture of width × height, if the step is one: fewer pixels are then decoded.

        None for every other step.
        """
        return None

    def output_size(self, width: int, height: int, options: Any) -> tuple[int, int] | None:
        """The size that a step which cuts, turns or flips makes of width × height.

        It is then applied to a smaller copy if a scaling follows. None for other steps, and where the content decides.
        """
        return None

    def quarter_turns(self, options: Any) -> int | None:
        """The number of clockwise quarter turns, if the step is nothing else: PDF pages are then turned losslessly.

        None for every other step.
        """
        return None

    def scale_options(self, options: Any, factor: float) -> Any:
        """The options for a copy of the picture that is `factor` times as large: lengths in pixels change."""
        return options

    def needs_all_pixels(self, options: Any) -> bool:
        """Whether the step reads pixels out of order, or more than once: then they are computed beforehand."""
        return self.needs_random_access

    def photos(self, options: Any) -> Sequence[str]:
        """The ids of other photos that the step needs."""
        return ()

    def with_photos(self, files: Mapping[str, Path]) -> Operation:
        """The operation with the files of those photos, by id; files of deleted photos are missing."""
        return self

    def resolve(self, page: pyvips.Image, options: Any) -> Step:
        """The step with every decision made that depends on the page's content: all frames then get the same."""
        return Step(self, options)

    def apply(self, page: pyvips.Image, options: Any) -> pyvips.Image:
        """The page after the step."""
        scaling = self.scaling(page.width, page.height, options)
        return scaling.apply(page) if scaling else page

    def note(self, page: pyvips.Image, options: Any) -> str:
        """A sentence for people about the step's effect on a picture with this metadata; empty by default."""
        return ""

    def saving(self, saving: Saving, options: Any) -> Saving:
        """The output's format and encoding options after the step."""
        return saving

    def template(self, options: Any) -> str | None:
        """The template of output names; None keeps the originals' names."""
        return None

    def schema(self) -> dict[str, Any]:
        return json_schema(self.Options)

    def describe(self) -> dict[str, Any]:
        """The operation as the API describes it."""
        return {"name": self.name, "label": self.label, "help": self.help, "options": self.schema()}
