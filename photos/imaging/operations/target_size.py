"""Limit file size: the output's largest number of bytes."""

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
    help = "Keeps files below a size: with less quality first, then with fewer pixels if needed."
    changes_pixels = False

    class Options(OptionSet):
        kilobytes: int = Field(500, ge=5, le=100_000, description="Largest size of a file, in kilobytes.")
        lowest_quality: int = Field(
            50, ge=1, le=100, description="Lowest quality allowed; PNG, TIFF and GIF have none."
        )
        shrink: bool = Field(
            True, description="Make the picture smaller where quality alone is not enough; otherwise such a file fails."
        )

    def saving(self, saving: Saving, options: Options) -> Saving:
        limit = SizeLimit(options.kilobytes * KILOBYTE, options.lowest_quality, options.shrink)
        return replace(saving, limit=limit)
