from dataclasses import replace

from pydantic import Field

from photos.imaging.formats import Saving, SizeLimit
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import OptionSet

KILOBYTE = 1000  # bytes, as file managers and mail servers count


class TargetSize(Operation):
    """Write a file of at most so many bytes; a file that cannot be so small fails with a sentence."""

    name = "target-size"
    label = "Limit file size"
    help = "Writes files of at most so many kilobytes: with less quality, and then with fewer pixels if need be."
    changes_pixels = False

    class Options(OptionSet):
        kilobytes: int = Field(500, ge=5, le=100_000, description="Most that a file may have, in kilobytes.")
        lowest_quality: int = Field(
            50, ge=1, le=100, description="Quality that is never gone below; it has none in PNG, TIFF and GIF."
        )
        shrink: bool = Field(
            True, description="Make the picture smaller where quality alone is not enough; else such a file fails."
        )

    def saving(self, saving: Saving, options: Options) -> Saving:
        limit = SizeLimit(options.kilobytes * KILOBYTE, options.lowest_quality, options.shrink)
        return replace(saving, limit=limit)
