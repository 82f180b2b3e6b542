from dataclasses import replace

from photos.classification.reading import installed
from photos.formats import FORMATS, SAVED, Saving
from photos.formats.base import LEAST, MOST, NORMAL
from photos.operations.base import Operation
from photos.operations.options import OptionSet, OptionWrong, choice, flag, integer


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

        effort = choice(
            NORMAL,
            (LEAST, NORMAL, MOST),
            help="How long to try for a small file: JPEG, WebP, AVIF and PNG. Most takes about ten times as long.",
        )
        progressive = flag(False, help="Let a slow connection show all of the picture roughly first: JPEG and PNG.")
        text = flag(False, help="Read scanned pages, so that their words can be searched and copied: PDF alone.")

        def check(self) -> None:
            wanted = FORMATS[self.format]
            if self.lossless and not wanted.can_be_lossless:
                raise OptionWrong(f"lossless is not possible with {self.format}")
            if self.effort not in wanted.efforts:
                raise OptionWrong(f"effort {self.effort} is not possible with {self.format}, only {NORMAL}")
            if self.text and self.format != "pdf":
                raise OptionWrong(f"text is not possible with {self.format}, only with pdf")
            if self.text and not installed():
                raise OptionWrong("text is not possible here: the extra ocr is not installed")
            if self.progressive and not wanted.can_be_progressive:
                raise OptionWrong(f"progressive is not possible with {self.format}, only with jpeg and png")

    def saving(self, saving: Saving, options: Options) -> Saving:
        return replace(
            saving,
            format=options.format,
            quality=options.quality,
            lossless=options.lossless,
            effort=options.effort,
            progressive=options.progressive,
            encoded_anew=True,
            text=options.text,
        )
