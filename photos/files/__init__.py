"""Bytes on a disk before there is a row: the storage, the upload limit, names, archives, incoming files, keyed locks.

No models here: what a file means to a person is `photos.models` and `photos.library`.
"""
