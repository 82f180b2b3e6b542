"""What leaves: ZIP files, the folder of results, manifests, names of outputs, unfinished pages.

What is in a manifest of the catalogue is `photos.catalogue`; how a picture is encoded is `photos.imaging`.
"""
