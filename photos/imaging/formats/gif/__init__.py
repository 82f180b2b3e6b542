"""GIF: its format, and the blocks ignored by libvips.

Decoding and encoding stay with libvips.
"""
