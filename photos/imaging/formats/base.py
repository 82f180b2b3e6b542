"""What every format can be asked: how it is opened, how it is saved, and what it can hold."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pyvips

from photos.imaging.formats.colour import convert
from photos.imaging.formats.errors import Unreadable
from photos.imaging.formats.metadata import comments, vips_fields
from photos.imaging.formats.metadata.rights import NO_RIGHTS_METADATA, RightsMetadata

LEAST_EFFORT, NORMAL_EFFORT, MOST_EFFORT = "least", "normal", "most"

# Pictures may come from anybody: the decoders that libvips itself does not call safe stay shut. A worker process does
# one picture at a time on one thread, and never the same twice, so neither more threads nor a cache are of use.
pyvips.block_untrusted_set(True)
pyvips.cache_set_max(0)
pyvips.concurrency_set(1)

MAX_BITS = 16
DEEP_FORMATS = {"ushort", "uint", "float", "double"}


@dataclass(frozen=True)
class SizeLimit:
    """How many bytes an output may have, and what may be given up for that."""

    bytes: int
    lowest_quality: int  # 1 to 100
    may_shrink: bool  # whether the picture may get fewer pixels
    whole_bytes: int = 0  # bytes of the whole file, where this limit is for a part of it

    def per_page(self, pages: int, around: int = 0) -> "SizeLimit":
        """The limit for one of several pages of a file that has so many bytes beside them."""
        return replace(self, bytes=max(self.bytes - around, 0) // pages, whole_bytes=self.whole_bytes or self.bytes)


@dataclass(frozen=True)
class Saving:
    """How an output is to be written."""

    format: str
    quality: int | None = None  # 1 to 100; None: the format's own default
    lossless: bool = False
    effort: str = NORMAL_EFFORT
    progressive: bool = False
    limit: SizeLimit | None = None
    reencode: bool = False  # whether a step asks for an encoding, be it the format's own default
    text: bool = False  # words that are read go invisibly over the pages: PDF alone
    keep: frozenset[str] | None = None  # which metadata stay; None: all
    without_place: bool = False  # whether coordinates are left out of what stays
    rights: RightsMetadata = NO_RIGHTS_METADATA  # what is written into the metadata that stay, and where none stay

    @property
    def vips_keep(self) -> str:
        """What libvips is to write beside the pixels; it would make up an EXIF block where there is none."""
        if self.keep is None:
            return "all"
        exif = ["exif"] if self.rights or self.keep & {"copyright", "orientation"} else []
        xmp = ["xmp"] if self.rights or "copyright" in self.keep else []
        profile = ["icc"] if "profile" in self.keep else []
        return ":".join(exif + xmp + profile) or "none"


class Format:
    """One format of pictures. Subclasses say how it is opened and saved."""

    name = ""
    label = ""
    extension = ""
    mime = ""
    loader = ""  # the one decoder of libvips that may open it
    max_side = 65_535  # pixels that a side of a saved picture may have
    max_megapixels = math.inf  # that may be opened: what is decoded as a whole needs memory for the whole
    written_as = ""  # the format of outputs where it cannot be saved itself
    quality = 0  # when none is given; 0: it has none
    efforts: ClassVar[Mapping[str, Mapping[str, Any]]] = {NORMAL_EFFORT: {}}  # how hard to try → options of the encoder
    can_be_progressive = False
    can_be_lossless = True
    holds_alpha = True
    holds_16_bits = False
    bits = 8  # the most that a colour can have
    holds_metadata = True
    holds_profile = True
    holds_frames = False
    holds_pages = False
    pages_hold_metadata = True  # False: the first of several pages says what is said of all
    is_drawn = False  # True: opening takes a while, and asks its option `stopped` whether to go on

    @property
    def can_be_saved(self) -> bool:
        """Whether outputs can have this format."""
        return not self.written_as

    def header(self, path: Path, **options: Any) -> pyvips.Image:
        """The picture for what its header says; its pixels may be out of reach."""
        load = getattr(pyvips.Image, self.loader)
        # Without fail_on half a picture would pass for a whole one.
        image: pyvips.Image = load(str(path), fail_on="error", **options)
        return image

    def further_page_sizes(self, path: Path, count: int) -> Iterator[tuple[int, int]]:
        """Width and height of each page after the first, as far as they are known before a pixel is decoded; none where
        the format itself keeps its pages within bounds."""
        yield from ()

    def open(self, path: Path, shrink: float = 1, **options: Any) -> pyvips.Image:
        """The picture with its pixels still to come, up to `shrink` times smaller where that saves decoding."""
        return self.header(path, **self.shrink_options(shrink), **options)

    def losses_at_opening(self, path: Path) -> Iterator[str]:
        """What a file holds that no step will see, a sentence each."""
        yield from ()

    def losses(self, image: pyvips.Image) -> Iterator[str]:
        """What a picture loses when it is saved in this format, a sentence each."""
        if image.interpretation == "cmyk":
            yield "CMYK became RGB"
        if image.hasalpha() and not self.holds_alpha:
            yield f"Transparency became white: {self.label} has none"
        bits = vips_fields.number(image, "bits-per-sample", MAX_BITS) if image.format in DEEP_FORMATS else 8
        if bits > self.bits:
            yield f"{bits} bits a colour became {self.bits}: {self.label} has no more"
        if vips_fields.has(image, vips_fields.PROFILE) and not self.holds_profile:
            yield f"Colours were converted to sRGB: {self.label} holds no profile"
        if vips_fields.has_origin(image) and not self.holds_metadata:
            yield f"Date, camera and place were left out: {self.label} holds none"
        if not all(map(self.holds_comment, comments.comments_of(image))):
            yield f"The comment was left out: {self.label} cannot hold it"

    def holds_comment(self, comment: bytes) -> bool:
        """Whether a comment of a JPEG or GIF can be written."""
        return False

    def shrink_options(self, shrink: float) -> dict[str, Any]:
        """The decoder's options for a picture that will be made `shrink` times smaller; none by default."""
        return {}

    def adapt(self, image: pyvips.Image, saving: Saving) -> pyvips.Image:
        """The picture changed to what this format can hold, in sRGB where its profile does not come along."""
        if not self.holds_profile or (saving.keep is not None and "profile" not in saving.keep):
            image = vips_fields.remove_fields(convert.to_srgb(image), [vips_fields.PROFILE])
        if not self.holds_alpha:
            image = convert.to_opaque(image)
        if not self.holds_16_bits:
            image = convert.to_8_bits(image)
        said = saving.rights.fill_templates(image)
        if saving.keep is not None and "copyright" in saving.keep:
            said = RightsMetadata.from_picture(image).merge(said)
        image = vips_fields.remove_place(image) if saving.without_place else image
        image = image if saving.keep is None else vips_fields.strip_metadata(image, saving.keep)
        return said.write_to(image) if said else image

    def check_size(self, width: int, height: int) -> None:
        """Raise Unreadable for a picture that is too large for this format."""
        if max(width, height) > self.max_side:
            raise Unreadable(
                f"{self.label} pictures can have at most {self.max_side:,} pixels a side;"
                f" this one would have {width:,} × {height:,}"
            )

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        """Write a fitting picture."""
        raise NotImplementedError

    def write_lossless(self, about: pyvips.Image, source: Path, path: Path, saving: Saving) -> bool:
        """Write a file with its pixels as they are coded, and beside them what the fitting picture `about` says.

        False where that cannot be done with this file: it is to be decoded and saved then.
        """
        return False

    def non_pixel_content(self, path: Path) -> frozenset[str]:
        """What the pages of a file hold that pictures do not: text, links."""
        return frozenset()

    def overhead_bytes(self, source: Path | None, pages: int, saving: Saving) -> int:
        """About how many bytes a file of several pages has beside them; `source`: as for `join`."""
        return 0

    def join(
        self, pages: Sequence[Path], target: Path, saving: Saving, source: Path | None, check: Callable[[], None]
    ) -> None:
        """Write the pages of several files of this format, one each, as one file; `source` is what they come from,
        where that has this format too. `check`, called between pages, raises what ends the work early."""
        raise NotImplementedError
