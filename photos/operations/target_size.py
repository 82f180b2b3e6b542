from dataclasses import replace

from photos.formats import Saving, SizeLimit
from photos.operations.base import Operation
from photos.operations.options import OptionSet, flag, integer

KILOBYTE = 1000  # bytes, as file managers and mail servers count


class TargetSize(Operation):
    """Write a file of at most so many bytes; a file that cannot be so small fails with a sentence."""

    name = "target-size"
    label = "Limit file size"
    help = "Writes files of at most so many kilobytes: with less quality, and then with fewer pixels if need be."
    changes_pixels = False

    class Options(OptionSet):
        kilobytes = integer(500, minimum=5, maximum=100_000, help="Most that a file may have, in kilobytes.")
        lowest_quality = integer(
            50, minimum=1, maximum=100, help="Quality that is never gone below; it has none in PNG, TIFF and GIF."
        )
        shrink = flag(True, help="Make the picture smaller where quality alone is not enough; else such a file fails.")

    def saving(self, saving: Saving, options: Options) -> Saving:
        limit = SizeLimit(options.kilobytes * KILOBYTE, options.lowest_quality, options.shrink)
        return replace(saving, limit=limit)
