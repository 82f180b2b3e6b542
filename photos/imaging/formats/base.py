"""The interface of a format: how it is opened and saved, and what it can hold."""

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, ClassVar

import pyvips

from photos.imaging.formats.colour import convert
from photos.imaging.formats.errors import Unreadable
from photos.imaging.formats.metadata import comments, templates, vips_fields
from photos.imaging.formats.metadata.rights import NO_RIGHTS_METADATA, RightsMetadata

LEAST_EFFORT, NORMAL_EFFORT, MOST_EFFORT = "least", "normal", "most"

# Pictures come from anybody: decoders that libvips itself does not call safe stay blocked. A worker process works on
# one picture at a time, and never twice on the same: more threads or a cache would only cost memory.
pyvips.block_untrusted_set(True)
pyvips.cache_set_max(0)
pyvips.concurrency_set(1)

MAX_BITS = 16
DEEP_FORMATS = {"ushort", "uint", "float", "double"}


@dataclass(frozen=True)
class SizeLimit:
    """The largest size of an output in bytes, and the reductions allowed to reach it."""

    bytes: int
    lowest_quality: int  # 1 to 100
    may_shrink: bool  # whether the picture may get fewer pixels
    whole_bytes: int = 0  # the limit for the complete file, where this limit is for one page

    def per_page(self, pages: int, around: int = 0) -> "SizeLimit":
        """The limit for each of `pages` pages of a file that has `around` bytes beside them."""
        return replace(self, bytes=max(self.bytes - around, 0) // pages, whole_bytes=self.whole_bytes or self.bytes)


@dataclass(frozen=True)
class Saving:
    """The options for writing an output."""

    format: str
    quality: int | None = None  # 1 to 100; None: the format's own default
    lossless: bool = False
    effort: str = NORMAL_EFFORT
    progressive: bool = False
    limit: SizeLimit | None = None
    reencode: bool = False  # whether a step asks for an encoding, even the format's default
    text: bool = False  # whether recognised words are added as an invisible layer: PDF alone
    keep: frozenset[str] | None = None  # which metadata stay; None: all
    without_place: bool = False  # whether coordinates are removed from the metadata that stay
    rights: RightsMetadata = NO_RIGHTS_METADATA  # written even where no other metadata stay

    @property
    def vips_keep(self) -> str:
        """The value of libvips' option `keep`, without EXIF where none is wanted: libvips would create a block."""
        if self.keep is None:
            return "all"
        exif = ["exif"] if self.rights or self.keep & {"copyright", "orientation"} else []
        xmp = ["xmp"] if self.rights or "copyright" in self.keep else []
        profile = ["icc"] if "profile" in self.keep else []
        return ":".join(exif + xmp + profile) or "none"


class Format:
    """One image format. Subclasses define how it is opened and saved."""

    name = ""
    label = ""
    extension = ""
    mime = ""
    loader = ""  # the one decoder of libvips that may open it
    max_side = 65_535  # pixels of a side of a saved picture
    max_megapixels = math.inf  # of a file to open: decoders without strips need memory for all of it
    written_as = ""  # the format of outputs, for a format that cannot be saved
    quality = 0  # the default; 0: the format has no quality
    efforts: ClassVar[Mapping[str, Mapping[str, Any]]] = {NORMAL_EFFORT: {}}  # effort → options of the encoder
    can_be_progressive = False
    can_be_lossless = True
    holds_alpha = True
    holds_16_bits = False
    bits = 8  # a channel, at most
    holds_metadata = True
    holds_profile = True
    holds_frames = False
    holds_pages = False
    pages_hold_metadata = True  # False: the first page holds the metadata of all
    is_drawn = False  # True: opening is slow, and takes the option `stopped`, a stop check

    @property
    def can_be_saved(self) -> bool:
        return not self.written_as

    def header(self, path: Path, **options: Any) -> pyvips.Image:
        """The picture as far as its header describes it; its pixels may be unavailable."""
        load = getattr(pyvips.Image, self.loader)
        # Without fail_on a truncated picture would pass for a complete one.
        image: pyvips.Image = load(str(path), fail_on="error", **options)
        return image

    def further_page_sizes(self, path: Path, count: int) -> Iterator[tuple[int, int]]:
        """Width and height of each page after the first, as far as they are known before decoding.

        Yields none where the format itself keeps its pages within bounds.
        """
        yield from ()

    def open(self, path: Path, shrink: float = 1, **options: Any) -> pyvips.Image:
        """The picture, decoded lazily, up to `shrink` times smaller where that saves decoding."""
        return self.header(path, **self.shrink_options(shrink), **options)

    def losses_at_opening(self, path: Path) -> Iterator[str]:
        """Sentences about content of the file that is lost when it is opened."""
        yield from ()

    def losses(self, image: pyvips.Image) -> Iterator[str]:
        """Sentences about the losses of a picture that is saved in this format."""
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
        """Whether this format can store the comment of a JPEG or GIF."""
        return False

    def shrink_options(self, shrink: float) -> dict[str, Any]:
        """The decoder's options for a picture that will be made `shrink` times smaller; none by default."""
        return {}

    def adapt(self, image: pyvips.Image, saving: Saving) -> pyvips.Image:
        """The picture reduced to what this format can hold, in sRGB where its profile is left out."""
        if not self.holds_profile or (saving.keep is not None and "profile" not in saving.keep):
            image = vips_fields.remove_fields(convert.to_srgb(image), [vips_fields.PROFILE])
        if not self.holds_alpha:
            image = convert.to_opaque(image)
        if not self.holds_16_bits:
            image = convert.to_8_bits(image)
        rights = saving.rights.fill_templates(image, templates.fill_fields)
        if saving.keep is not None and "copyright" in saving.keep:
            rights = RightsMetadata.from_picture(image).merge(rights)
        image = vips_fields.remove_place(image) if saving.without_place else image
        image = image if saving.keep is None else vips_fields.strip_metadata(image, saving.keep)
        return rights.write_to(image) if rights else image

    def check_size(self, width: int, height: int) -> None:
        """Raise Unreadable for a picture that is too large for this format."""
        if max(width, height) > self.max_side:
            raise Unreadable(
                f"{self.label} pictures can have at most {self.max_side:,} pixels a side;"
                f" this one would have {width:,} × {height:,}"
            )

    def save(self, image: pyvips.Image, path: Path, saving: Saving) -> None:
        """Write a picture that `adapt` returned."""
        raise NotImplementedError

    def write_lossless(self, about: pyvips.Image, source: Path, path: Path, saving: Saving) -> bool:
        """Write the encoded pixels of `source` unchanged, with the metadata of the adapted picture `about`.

        False where that cannot be done with this file: then it has to be decoded and saved.
        """
        return False

    def non_pixel_content(self, path: Path) -> frozenset[str]:
        """What the pages of a file hold beside pixels: "text", "links"."""
        return frozenset()

    def overhead_bytes(self, source: Path | None, pages: int, saving: Saving) -> int:
        """About how many bytes a file has beside its pages; `source` as for `join`."""
        return 0

    def join(
        self, pages: Sequence[Path], target: Path, saving: Saving, source: Path | None, check: Callable[[], None]
    ) -> None:
        """Write files of one page each, in this format, as one file.

        `source`: the original of the pages, if it has this format.
        `check` is called between pages; its exceptions end the work and propagate.
        """
        raise NotImplementedError
