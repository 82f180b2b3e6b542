"""TIFF: its pages, its colours, and what libvips does not write.

The directories of tags, which EXIF shares, are in `metadata.ifd`.
"""
