"""PNG. Its text chunks are in `metadata.png_text`, because they carry metadata of other formats.

Decoding and encoding stay with libvips.
"""
