"""Convert: the output's format, quality and encoding options."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from photos.imaging.formats import FORMATS, SAVED_FORMATS, Saving
from photos.imaging.formats.base import LEAST_EFFORT, MOST_EFFORT, NORMAL_EFFORT
from photos.imaging.ocr.reading import is_installed
from photos.imaging.operations.schema.base import Operation
from photos.imaging.operations.schema.options import Omittable, OneOf, OptionSet


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
        format: Annotated[str, OneOf(SAVED_FORMATS)] = Field("jpeg", description="Format of the output.")
        quality: Omittable[int] = Field(
            None,
            ge=1,
            le=100,
            description="Higher is better and larger; JPEG 82, WebP 80, AVIF 60 when left out."
            " PNG, TIFF and GIF have none.",
        )
        lossless: bool = Field(False, description="Keep every pixel exactly: WebP, AVIF, and always PNG and TIFF.")

        effort: Annotated[str, OneOf((LEAST_EFFORT, NORMAL_EFFORT, MOST_EFFORT))] = Field(
            NORMAL_EFFORT,
            description="Time to spend on a small file: JPEG, WebP, AVIF and PNG. Most takes about ten times as long.",
        )
        progressive: bool = Field(
            False, description="Over a slow connection, show the whole picture roughly first: JPEG and PNG."
        )
        text: bool = Field(
            False, description="Read scanned pages, so that their words can be searched and copied: PDF only."
        )

        def check(self) -> None:
            wanted = FORMATS[self.format]
            if self.lossless and not wanted.can_be_lossless:
                raise ValueError(f"lossless is not possible with {self.format}")
            if self.effort not in wanted.efforts:
                raise ValueError(f"effort {self.effort} is not possible with {self.format}, only {NORMAL_EFFORT}")
            if self.text and self.format != "pdf":
                raise ValueError(f"text is not possible with {self.format}, only with pdf")
            if self.text and not is_installed():
                raise ValueError("text is not possible here: the extra ocr is not installed")
            if self.progressive and not wanted.can_be_progressive:
                raise ValueError(f"progressive is not possible with {self.format}, only with jpeg and png")

    def saving(self, saving: Saving, options: Options) -> Saving:
        return replace(
            saving,
            format=options.format,
            quality=options.quality,
            lossless=options.lossless,
            effort=options.effort,
            progressive=options.progressive,
            reencode=True,
            text=options.text,
        )
