"""The kinds of job and their phases: the check of a submit, and the processing of each item.

The work itself belongs to the packages below: pixels to `photos.imaging`, deliveries to `photos.outputs`.
"""
