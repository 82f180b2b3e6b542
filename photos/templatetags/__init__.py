"""Template filters and tags for photos, results and calls to a vision model.

Rules belong to `photos.models` and `photos.kinds`.
"""
