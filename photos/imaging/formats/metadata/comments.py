"""Comments of JPEG and GIF, which libvips does not read, as fields of the picture."""

from collections.abc import Iterable

import pyvips

from photos.imaging.formats.metadata import vips_fields

MAX_COMMENTS = 100  # of one file


def attach_comments(image: pyvips.Image, comments: Iterable[bytes]) -> pyvips.Image:
    """Attach comments, at most `MAX_COMMENTS` of them, as fields of the picture."""
    texts = [comment for comment, _ in zip(comments, range(MAX_COMMENTS), strict=False) if comment]
    if not texts:
        return image
    image = image.copy()
    for number, comment in enumerate(texts):
        image.set_type(pyvips.GValue.blob_type, f"{vips_fields.COMMENT_PREFIX}{number:03}", comment)
    return image


def comments_of(image: pyvips.Image) -> list[bytes]:
    """The comments of a picture, in the order of the file."""
    return [
        bytes(image.get(name))
        for name in sorted(vips_fields.field_names(image))
        if name.startswith(vips_fields.COMMENT_PREFIX)
    ]
