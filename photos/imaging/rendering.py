"""What the steps make of a file, computed strip by strip while it is saved, and stoppable from any thread."""

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

OF_USE = 2  # times the size of the result: with so much, cutting and turning before the last scaling lose nothing
TURNED_IN_STRIPS = 2  # up to this EXIF orientation rows stay rows; beyond it all pixels must be there to turn them


@dataclass(frozen=True)
class Beginning:
    """How a list of steps begins: with cutting or turning perhaps, then with a scaling, then all the rest."""

    lead: Sequence[Step]
    scaling: Scaling
    size: tuple[int, int]  # of the whole picture after the lead
    rest: Sequence[Step]


@dataclass(frozen=True)
class Render:
    """A file and the steps that it is to go through."""

    source: Path
    format: Format
    steps: Sequence[Step]
    killer: Killer

    @cached_property
    def header(self) -> pyvips.Image:
        """What the file says of itself and of its first page."""
        return self.format.header(self.source)

    def count(self) -> int:
        """How many pages or frames the file has."""
        return vips_fields.number(self.header, "n-pages", 1)

    def page(self, number: int = 0) -> pyvips.Image:
        """A page, or the first frame, after all steps. Where they begin with a scaling, fewer pixels are decoded."""
        which = chosen(number)
        header = self.header_of(number)
        turn = vips_fields.orientation(header)
        size = upright_size(header.width, header.height, turn)
        start = beginning(self.steps, size)
        shrink = start.scaling.shrink(*start.size) if start else 1
        image = self.opened(header, shrink, which)
        if start is None:
            return self.after(self.steps, self.upright(image), held=turn > TURNED_IN_STRIPS)
        return self.after(start.rest, self.begun(start, image, turn, size))

    def header_of(self, number: int) -> pyvips.Image:
        """A page, or the first frame, as it is stored, for what its header says."""
        return self.format.header(self.source, **chosen(number)) if number else self.header

    def opened(self, header: pyvips.Image, shrink: float, which: dict[str, Any]) -> pyvips.Image:
        """The picture with its pixels still to come, and with the resolution that it has on paper, if it says so."""
        asking = {"stopped": self.killer.has_stopped} if self.format.is_drawn else {}
        shrink = min(shrink, header.width, header.height)  # of a thin picture a pixel stays
        image = self.format.open(self.source, shrink, access="sequential", **which, **asking)
        return vips_fields.set_print_resolution(image, header.xres * image.width / header.width)

    def begun(self, start: Beginning, image: pyvips.Image, turn: int, size: tuple[int, int]) -> pyvips.Image:
        """The picture, upright, after the first scaling and what comes before it."""
        if not start.lead:
            as_stored = upright_size(start.scaling.width, start.scaling.height, turn)
            return start.scaling.of(self.upright(Scaling(*as_stored).of(image)))
        image = self.upright(reduced(image, start, turn, size))
        factor = image.width / size[0]
        lead = [at_scale(step, factor) for step in start.lead]
        return start.scaling.of(self.after(lead, image, held=turn > TURNED_IN_STRIPS))

    def frames(self) -> pyvips.Image:
        """All frames of an animation after all steps, one below the other, as libvips saves them."""
        roll = self.format.open(self.source, n=-1, access="sequential")
        first, *others = vips_fields.split_frames(self.killer.hold(roll))
        made, settled = self.through(self.steps, self.upright(first), held=True)
        check_result(made.width, made.height * (1 + len(others)))
        rest = (self.after(settled, self.upright(frame), held=True) for frame in others)
        return self.killer.hold_roll(chain([made], rest))

    def upright(self, image: pyvips.Image) -> pyvips.Image:
        """The picture as it was seen, in plain colours."""
        if vips_fields.orientation(image) > TURNED_IN_STRIPS:
            image = self.killer.hold(image)
        return vips_fields.remove_outdated(convert.to_plain(image.autorot()))

    def after(self, steps: Sequence[Step], image: pyvips.Image, held: bool = False) -> pyvips.Image:
        """The upright picture after the steps."""
        return self.through(steps, image, held)[0]

    def through(
        self, steps: Sequence[Step], image: pyvips.Image, held: bool = False
    ) -> tuple[pyvips.Image, list[Step]]:
        """The upright picture after the steps, and the steps as they were settled by what it shows.

        What is `held` has its pixels at hand already. Raises Unreadable when a step makes it too large.
        """
        settled = []
        for step in steps:
            if step.operation.needs_all(step.options) and not held:
                image, held = self.killer.hold(image), True
            settled.append(step.operation.settled(image, step.options))
            size = image.width, image.height
            image = settled[-1].operation.apply(image, settled[-1].options)
            check_step(size, (image.width, image.height))
            held = held and not step.operation.changes_pixels
        return image, settled


def chosen(number: int) -> dict[str, Any]:
    """What a decoder is told of a page; formats without pages know no such option."""
    return {"page": number} if number else {}


def beginning(steps: Sequence[Step], size: tuple[int, int]) -> Beginning | None:
    """Up to the first scaling, if nothing but cutting and turning comes before it, for a picture of that size."""
    lead: list[Step] = []
    beside: list[Step] = []
    for number, step in enumerate(steps):
        scaling = step.operation.scaling(*size, step.options)
        if scaling is not None:
            return Beginning(lead, scaling, size, [*beside, *steps[number + 1 :]])
        if not step.operation.changes_pixels:
            beside.append(step)
            continue
        reshaped = step.operation.reshaped(*size, step.options)
        if reshaped is None:
            break
        lead.append(step)
        size = reshaped
    return None


def reduced(image: pyvips.Image, start: Beginning, turn: int, size: tuple[int, int]) -> pyvips.Image:
    """A picture of `size` as it was decoded, but no larger than it is of use, where all its pixels are to be held."""
    if turn <= TURNED_IN_STRIPS and not any(step.operation.needs_all(step.options) for step in start.lead):
        return image
    decoded = upright_size(image.width, image.height, turn)[0] / size[0]
    spare = start.scaling.shrink(*start.size) * decoded / OF_USE
    return Scaling(round(image.width / spare), round(image.height / spare)).of(image) if spare > 1 else image


def at_scale(step: Step, factor: float) -> Step:
    """The step for a copy of the picture that is `factor` times as large."""
    return Step(step.operation, step.operation.at_scale(step.options, factor))
