"""How photos come in and are found: uploads, imports, decoding in children, near-duplicates, disk space.

What leaves is `photos.outputs`; what an address answers is `photos.web` and `photos.api`.
"""
