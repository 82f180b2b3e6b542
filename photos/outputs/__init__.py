"""What leaves: ZIP files, the folder of results, manifests, names of outputs, unfinished pages.

The columns of a manifest are `photos.catalogue`; how a picture is encoded is `photos.imaging`.
"""
