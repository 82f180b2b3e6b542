"""How large a picture may become on its way through the steps, even for a moment."""

import math

from photos.imaging.formats.errors import Unreadable

MAX_RESULT_MEGAPIXELS = 500


def check_step(before: tuple[int, int], after: tuple[int, int]) -> None:
    """Raise `Unreadable` for a step that makes a picture too large; a picture that came too large may be reduced."""
    if math.prod(after) > math.prod(before):
        check_megapixels(*after, "A step would make a picture of {:,.0f} megapixels; the limit is {}")


def check_result(width: int, height: int) -> None:
    """Raise `Unreadable` for an output that is too large, all its frames together."""
    check_megapixels(width, height, "The result would have {:,.0f} megapixels; the limit is {}")


def check_megapixels(width: int, height: int, sentence: str) -> None:
    megapixels = width * height / 1e6
    if megapixels > MAX_RESULT_MEGAPIXELS:
        raise Unreadable(sentence.format(megapixels, MAX_RESULT_MEGAPIXELS))
