"""JPEGs as a row of segments (ITU-T T.81, annex B): what is beside the pixels can be taken out alone."""

START_OF_SCAN = 0xDA
EXIF_AND_XMP, PHOTOSHOP, COMMENT = 0xE1, 0xED, 0xFE
ABOUT = {EXIF_AND_XMP, PHOTOSHOP, COMMENT}


def without_metadata(data: bytes) -> bytes:
    """The JPEG without EXIF, XMP, IPTC and comments; what is no orderly JPEG stays as it is."""
    if not data.startswith(b"\xff\xd8"):
        return data
    kept, at = [data[:2]], 2
    while data[at : at + 1] == b"\xff" and at + 4 <= len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if marker == START_OF_SCAN:
            return b"".join([*kept, data[at:]])
        if marker not in ABOUT:
            kept.append(data[at : at + 2 + length])
        at += 2 + length
    return data
