"""GIF: its format, and the blocks that libvips does not read.

Decoding and encoding stay with libvips.
"""
