"""Results of jobs: ZIP files, the folder of results, manifests, names of outputs, unfinished pages.

The columns of a manifest belong to `photos.catalogue`; the encoding of pictures belongs to `photos.imaging`.
"""
