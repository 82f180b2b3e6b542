"""TIFF: its pages, its colours, and the tags that libvips does not write.

The directories of tags, which EXIF shares, belong to `metadata.ifd`.
"""
