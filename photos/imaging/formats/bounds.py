"""How large a picture may become on its way through the steps, be it for a moment."""

import math

from photos.imaging.formats.errors import Unreadable

MAX_RESULT_MEGAPIXELS = 500


def check_step(before: tuple[int, int], after: tuple[int, int]) -> None:
    """Raise Unreadable for a step that makes a picture too large; one that came so large may be made smaller."""
    if math.prod(after) > math.prod(before):
        check_megapixels(*after, "A step would make a picture of {:,.0f} megapixels; the limit is {}")


def check_result(width: int, height: int) -> None:
    """Raise Unreadable for an output, all its frames together, that is too large."""
    check_megapixels(width, height, "The result would have {:,.0f} megapixels; the limit is {}")


def check_megapixels(width: int, height: int, sentence: str) -> None:
    """Raise Unreadable with the sentence when that is too many pixels."""
    megapixels = width * height / 1e6
    if megapixels > MAX_RESULT_MEGAPIXELS:
        raise Unreadable(sentence.format(megapixels, MAX_RESULT_MEGAPIXELS))
