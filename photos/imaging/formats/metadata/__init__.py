"""Metadata as fields of a libvips picture, and the blocks (EXIF, IPTC, XMP, texts of PNG) that several formats share.

How a format stores such a block in its file belongs to that format.
"""
