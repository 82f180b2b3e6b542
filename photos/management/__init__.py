"""The command `verify`.

The comparison itself belongs to `photos.library.integrity`.
"""
