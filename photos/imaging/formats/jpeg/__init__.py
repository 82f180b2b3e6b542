"""JPEG: its format, its segments, and lossless changes of its metadata.

Decoding and encoding stay with libvips; JPEGs inside PDF and raw files are found by those formats.
"""
