"""Uploads, imports, decoding in child processes, near-duplicates, free disk space.

Downloads and deliveries belong to `photos.outputs`; views belong to `photos.web` and `photos.api`.
"""
