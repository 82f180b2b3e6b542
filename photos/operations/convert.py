from dataclasses import replace

from photos.formats import FORMATS, SAVED, Saving
from photos.operations.base import Operation
from photos.operations.options import OptionSet, OptionWrong, choice, flag, integer

LOSSLESS = {name for name in SAVED if FORMATS[name].can_be_lossless}


class Convert(Operation):
    """Write the output in another format, or with another quality."""

    name = "convert"
    label = "Convert"
    help = (
        "Writes another format. An animation stays one in WebP and GIF, pages stay together in TIFF and PDF;"
        " every other format takes the first. JPEG has no transparency: it becomes white."
    )
    changes_pixels = False

    class Options(OptionSet):
        format = choice("jpeg", SAVED, help="Format of the output.")
        quality = integer(
            minimum=1,
            maximum=100,
            help="Higher is better and larger; JPEG 82, WebP 80, AVIF 60 when left out. PNG, TIFF and GIF have none.",
        )
        lossless = flag(False, help="Keep every pixel exactly: WebP, AVIF, and always PNG and TIFF.")

        def check(self) -> None:
            if self.lossless and self.format not in LOSSLESS:
                raise OptionWrong(f"lossless is not possible with {self.format}")

    def saving(self, saving: Saving, options: Options) -> Saving:
        return replace(saving, format=options.format, quality=options.quality, lossless=options.lossless)
