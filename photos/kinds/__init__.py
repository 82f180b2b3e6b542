"""The kinds of job and their phases: what a submit may say, and what is done to each item.

The work itself is called, not written, here: pixels in `photos.imaging`, files in `photos.outputs`.
"""
