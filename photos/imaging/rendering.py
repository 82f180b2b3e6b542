"""Applies steps to pages lazily: libvips computes strip by strip while the result is saved, until a stop."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from pathlib import Path
from typing import Any

import pyvips

from photos.imaging.cancellation import Killer
from photos.imaging.formats import Format, upright_size
from photos.imaging.formats.bounds import check_result, check_step
from photos.imaging.formats.colour import convert
from photos.imaging.formats.metadata import vips_fields
from photos.imaging.operations import Scaling, Step

OVERSAMPLING = 2  # times the size of the result: with so much, cutting and turning before the last scaling lose nothing
# Up to this EXIF orientation rows stay rows; beyond it all pixels must be there to turn them.
MAX_STREAMED_ORIENTATION = 2


@dataclass(frozen=True)
class EarlyScaling:
    """How steps begin: cutting or turning (`lead`), a scaling, and the `rest`.

    The file can then be decoded in a smaller size.
    """

    lead: Sequence[Step]
    scaling: Scaling
    size: tuple[int, int]  # width and height in pixels at full resolution, after the lead
    rest: Sequence[Step]


@dataclass(frozen=True)
class Render:
    """A file and the steps to apply to it."""

    source: Path
    format: Format
    steps: Sequence[Step]
    killer: Killer

    @cached_property
    def header(self) -> pyvips.Image:
        """The first page, or the first frame, with its pixels still to come: for its size and metadata."""
        return self.format.header(self.source)

    def page_count(self) -> int:
        """The number of pages or frames."""
        return vips_fields.number(self.header, "n-pages", 1)

    def page(self, number: int = 0) -> pyvips.Image:
        """A page counted from 0, or the first frame, after all steps.

        Where the steps begin with a scaling, fewer pixels are decoded.
        """
        which = page_option(number)
        header = self.header_of(number)
        turn = vips_fields.orientation(header)
        size = upright_size(header.width, header.height, turn)
        start = find_early_scaling(self.steps, size)
        shrink = start.scaling.shrink(*start.size) if start else 1
        image = self.open_page(header, shrink, which)
        if start is None:
            return self.apply_steps(self.steps, self.turn_upright(image), in_memory=turn > MAX_STREAMED_ORIENTATION)
        return self.apply_steps(start.rest, self.apply_early_scaling(start, image, turn, size))

    def header_of(self, number: int) -> pyvips.Image:
        """A page counted from 0, or the first frame, as it is stored: for its size and metadata."""
        return self.format.header(self.source, **page_option(number)) if number else self.header

    def open_page(self, header: pyvips.Image, shrink: float, which: dict[str, Any]) -> pyvips.Image:
        """The decoded page, up to `shrink` times smaller, with the horizontal print resolution of its header."""
        stop_check = {"stopped": self.killer.has_stopped} if self.format.is_drawn else {}
        shrink = min(shrink, header.width, header.height)  # of a thin picture a pixel stays
        image = self.format.open(self.source, shrink, access="sequential", **which, **stop_check)
        return vips_fields.set_print_resolution(image, header.xres * image.width / header.width)

    def apply_early_scaling(
        self, start: EarlyScaling, image: pyvips.Image, turn: int, size: tuple[int, int]
    ) -> pyvips.Image:
        """The upright picture after the first scaling and the steps before it."""
        if not start.lead:
            as_stored = upright_size(start.scaling.width, start.scaling.height, turn)
            return start.scaling.apply(self.turn_upright(Scaling(*as_stored).apply(image)))
        image = self.turn_upright(shrink_decoded(image, start, turn, size))
        factor = image.width / size[0]
        lead = [scale_step(step, factor) for step in start.lead]
        return start.scaling.apply(self.apply_steps(lead, image, in_memory=turn > MAX_STREAMED_ORIENTATION))

    def frames(self) -> pyvips.Image:
        """All frames of an animation after all steps, one below the other, as libvips saves them."""
        strip = self.format.open(self.source, n=-1, access="sequential")
        # An animation's decoder reads forwards only; frames are cut out of it in any order.
        first, *others = vips_fields.split_frames(self.killer.hold(strip))
        result, resolved = self.resolve_and_apply(self.steps, self.turn_upright(first), in_memory=True)
        check_result(result.width, result.height * (1 + len(others)))
        # All frames get the steps as the first one resolved them: a crop or a white balance must not jump.
        rest = (self.apply_steps(resolved, self.turn_upright(frame), in_memory=True) for frame in others)
        return self.killer.hold_strip(chain([result], rest))

    def turn_upright(self, image: pyvips.Image) -> pyvips.Image:
        """The picture turned by its EXIF orientation, in grey or RGB."""
        if vips_fields.orientation(image) > MAX_STREAMED_ORIENTATION:
            image = self.killer.hold(image)
        return vips_fields.remove_outdated(convert.to_plain(image.autorot()))

    def apply_steps(self, steps: Sequence[Step], image: pyvips.Image, in_memory: bool = False) -> pyvips.Image:
        return self.resolve_and_apply(steps, image, in_memory)[0]

    def resolve_and_apply(
        self, steps: Sequence[Step], image: pyvips.Image, in_memory: bool = False
    ) -> tuple[pyvips.Image, list[Step]]:
        """Return the upright picture after the steps, and the steps resolved by what it shows.

        `in_memory`: the picture's pixels are computed already. Raises Unreadable when a step makes it too large.
        """
        resolved = []
        for step in steps:
            if step.operation.needs_all_pixels(step.options) and not in_memory:
                image, in_memory = self.killer.hold(image), True
            resolved.append(step.operation.resolve(image, step.options))
            size = image.width, image.height
            image = resolved[-1].operation.apply(image, resolved[-1].options)
            check_step(size, (image.width, image.height))
            in_memory = in_memory and not step.operation.changes_pixels
        return image, resolved


def page_option(number: int) -> dict[str, Any]:
    """The decoder's option for a page; formats without pages know no such option."""
    return {"page": number} if number else {}


def find_early_scaling(steps: Sequence[Step], size: tuple[int, int]) -> EarlyScaling | None:
    """The first scaling, if only cutting and turning come before it, for a picture of that size."""
    lead: list[Step] = []
    beside: list[Step] = []
    for number, step in enumerate(steps):
        scaling = step.operation.scaling(*size, step.options)
        if scaling is not None:
            return EarlyScaling(lead, scaling, size, [*beside, *steps[number + 1 :]])
        if not step.operation.changes_pixels:
            beside.append(step)
            continue
        reshaped = step.operation.output_size(*size, step.options)
        if reshaped is None:
            break
        lead.append(step)
        size = reshaped
    return None


def shrink_decoded(image: pyvips.Image, start: EarlyScaling, turn: int, size: tuple[int, int]) -> pyvips.Image:
    """A picture of `size`, as it was decoded, reduced to `OVERSAMPLING` times the size of the result.

    Applies only where all pixels will be in memory; streamed pixels are not held.
    """
    if turn <= MAX_STREAMED_ORIENTATION and not any(
        step.operation.needs_all_pixels(step.options) for step in start.lead
    ):
        return image
    decoded_scale = upright_size(image.width, image.height, turn)[0] / size[0]
    spare = start.scaling.shrink(*start.size) * decoded_scale / OVERSAMPLING
    return Scaling(round(image.width / spare), round(image.height / spare)).apply(image) if spare > 1 else image


def scale_step(step: Step, factor: float) -> Step:
    """The step for a copy of the picture that is `factor` times as large."""
    return Step(step.operation, step.operation.scale_options(step.options, factor))
